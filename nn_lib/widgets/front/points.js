// Points of one's own: read from text in the forms that spreadsheets write, and moved into the picture.

function readPoints(text) {
  // Lines "x, y, class" as number triples with classes 0 and 1. Throws an Error naming the line and what to do.
  return readTable(text).points;
}

function readTable(text) {
  // The points, and a `note` on how classes were read where they were not 0 and 1.
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim());
  if (lines.length > MOST_POINTS + 1) throw new Error(`that is ${lines.length.toLocaleString("en")} lines; the playground draws up to ${MOST_POINTS.toLocaleString("en")} points. Give it a part of them`);
  const cut = separator(lines), rows = [];
  lines.forEach((line, n) => {
    if (!line) return;
    const cells = cut(line.replaceAll('"', "")).map((cell) => cell.trim());
    const values = cells.map((cell, k) => (k < 2 ? measured(cell) : cell));
    if (rows.length === 0 && n === lines.findIndex(Boolean) && values.slice(0, 2).every(Number.isNaN)) return; // a header
    if (cells.length !== 3) throw new Error(`line ${n + 1} has ${cells.length} column${cells.length === 1 ? "" : "s"}; each line is x, y, class${cells.length > 3 && cells.length < 7 ? ". Decimals with a comma need semicolons between the columns" : ""}`);
    const bad = [0, 1].find((k) => !Number.isFinite(values[k]));
    if (bad !== undefined) throw new Error(`line ${n + 1}: “${cells[bad].slice(0, 20)}” is not a number`);
    if (!cells[2]) throw new Error(`line ${n + 1} has no class; each line is x, y, class`);
    rows.push([...values, n + 1]);
  });
  if (rows.length < 4) throw new Error("at least four points are needed, one a line: x, y, class");
  const { label, note } = classes(rows);
  const points = rows.map(([x, y, name]) => [x, y, label(name)]);
  if (new Set(points.map((p) => p[2])).size < 2) throw new Error("there is one class only; there is nothing to tell apart");
  return { points, note };
}

// "1.5", and "1,5" as much of the world writes it.
const measured = (cell) => (/^[-+−]?\d+,\d+$/.test(cell) ? Number(cell.replace(",", ".").replace("−", "-")) : typed(cell));

function separator(lines) {
  // A semicolon or a tab leaves the comma free to be a decimal one.
  const all = lines.join("\n");
  if (all.includes(";")) return (line) => line.split(";");
  if (all.includes("\t")) return (line) => line.split("\t");
  if (all.includes(",") && !lines.some((line) => /^\S+,\d+\s+\S+,\d+\s/.test(line))) return (line) => line.split(",");
  return (line) => line.split(/\s+/);
}

function classes(rows) {
  // Which of the names in the third column is class 1.
  const names = [...new Set(rows.map(([, , name]) => name))], values = names.map(measured);
  const numbers = values.every(Number.isFinite), lineOf = (k) => rows.find(([, , name]) => name === names[k])[3];
  if (numbers) {
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    if (distinct.every((v) => v === 0 || v === 1)) return { label: measured, note: "" };
    if (distinct.length === 2) return { label: (name) => Number(measured(name) === distinct[1]), note: `Class ${distinct[1]} is class 1 here, class ${distinct[0]} class 0.` };
    if (distinct.length === 1) return { label: () => 1, note: "" };
    const odd = values.findIndex((v) => v !== 0 && v !== 1);
    throw new Error(`line ${lineOf(odd)}: the class must be 0 or 1, not ${names[odd]}; there are ${distinct.length} different classes, and the playground tells two apart`);
  }
  if (names.length === 2) {
    const [first, second] = [...names].sort();
    return { label: (name) => Number(name === second), note: `“${second}” is class 1 here, “${first}” class 0.` };
  }
  if (names.length === 1) return { label: () => 1, note: "" };
  throw new Error(`line ${lineOf(values.findIndex((v) => !Number.isFinite(v)))}: “${names.find((_, k) => !Number.isFinite(values[k])).slice(0, 20)}” is a third class; the playground tells two apart. Leave one out, or join two`);
}

function intoThePicture(points) {
  // Points that the picture would not show, or show as one dot, are moved and scaled into it; `note` says how.
  const far = Math.max(...points.map(([x, y]) => Math.max(Math.abs(x), Math.abs(y))));
  if (far <= REACH && far >= 0.5) return { points, note: "" };
  const axes = [0, 1].map((k) => {
    const low = points.reduce((least, p) => Math.min(least, p[k]), Infinity), high = points.reduce((most, p) => Math.max(most, p[k]), -Infinity);
    return { middle: Number(((low + high) / 2).toPrecision(4)), unit: Number(((high - low) / 10 || 1).toPrecision(4)) };
  });
  const words = axes.map(({ middle, unit }, k) => `${"xy"[k]} = (your ${"xy"[k]} − ${middle}) / ${unit}`.replace("− -", "+ "));
  return {
    points: points.map((p) => [...axes.map(({ middle, unit }, k) => Number(((p[k] - middle) / unit).toPrecision(6))), p[2]]),
    note: `The picture shows −${REACH} to ${REACH}; your points were moved into it: ${words.join(", ")}.`,
  };
}
