// The circuit stepper: values flow forward and gradients back, one gate at a time.

const EXAMPLES = {
  "(x + y) * z": { x: -2, y: 5, z: -4 },
  "sigmoid(w0 * x0 + w1 * x1 + w2)": { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
  "x * y + max(z, w)": { x: 3, y: -4, z: 2, w: -1 },
  "(x * y + x) * max(x * y, y)": { x: 2, y: 3 },
};
const GREEN = "#11772d", RED = "#b0122e";

function stepper(root, engine, { expression = "", inputs: given = {}, fixed = false } = {}) {
  let inputs = { ...given }, before = null, broken = "", tape = null, step = 0, playing = null, predict = false, asked = null, chosen = null, layout = null;
  const box = problemBox(), said = el("p", { class: "nn-note nn-status", "aria-live": "polite" }), picture = el("div", { class: "nn-scroll" });
  const detail = el("div", { class: "nn-detail" }), controls = el("div"), table = el("div");
  const scrub = el("input", { type: "range", min: "0", value: "0", "aria-label": "step on the tape", oninput: () => go(Number(scrub.value)) });
  const details = el("details", {}, el("summary", {}, "The tape as a table"), table);
  const player = button("Play", () => (playing ? pause() : play()), { class: "nn-main", "aria-pressed": "false" });
  root.classList.add("nn-widget", "nn-stepper");
  root.replaceChildren(box, controls,
    el("div", { class: "nn-row" }, player, button("◀ Back", () => go(step - 1)), button("Forward ▶", () => go(step + 1)), button("To the end", () => go(last())), button("Reset", () => go(0)), el("label", { class: "nn-control" }, el("span", {}, "the tape"), scrub)),
    said, picture, detail, details);
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=range]), select, textarea")) return;
    if (event.key === "ArrowRight" && event.target !== scrub) go(step + 1);
    if (event.key === "ArrowLeft" && event.target !== scrub) go(step - 1);
  });
  const last = () => (tape ? tape.forward.length + 1 + tape.backward.length : 0);

  async function build(change = {}) {
    pause();
    const next = { expression, inputs, broken, before, ...change };
    try {
      if (!fixed) {
        const names = engine.names ? engine.names(next.expression) : (await engine.call("names", { expression: next.expression })).names;
        const start = EXAMPLES[next.expression] || {};
        next.inputs = Object.fromEntries(names.map((name, i) => [name, next.inputs[name] ?? start[name] ?? i + 1]));
      }
      tape = await engine.call("build", { expression: next.expression, inputs: next.inputs, broken: next.broken, before: next.before });
    } catch (error) {
      return box.say(error.message);
    }
    box.say("");
    ({ expression, inputs, broken, before } = next);
    layout = new Places(tape.nodes.map((node) => node.parents));
    if (change.expression !== undefined) step = 0;
    scrub.max = String(last());
    drawControls();
    go(Math.min(step, last()));
  }
  function play() {
    player.textContent = "Pause";
    player.setAttribute("aria-pressed", "true");
    if (step >= last()) step = 0;
    playing = setInterval(() => (step >= last() || (predict && asked) ? pause() : go(step + 1)), 900);
  }
  function pause() {
    clearInterval(playing);
    playing = null;
    player.textContent = "Play";
    player.setAttribute("aria-pressed", "false");
  }
  function go(to) {
    if (!tape) return;
    const next = Math.max(0, Math.min(last(), to));
    if (predict && next === step + 1 && next > tape.forward.length + 1 && !asked) return ask(next);
    asked = null;
    step = next;
    chosen = null;
    draw();
  }

  // What is known at a step: gates done forward, and gates done backward.
  const done = () => new Set(tape.forward.slice(0, step));
  const back = () => tape.backward.slice(0, Math.max(0, step - tape.forward.length - 1));
  function known() {
    const forward = done(), backward = new Set(back()), output = tape.forward[tape.forward.length - 1];
    const value = tape.nodes.map((node, i) => node.kind !== "gate" || forward.has(i));
    const sum = tape.nodes.map(() => null), started = step > tape.forward.length;
    if (started) sum[output] = 1;
    for (const i of back()) for (const part of tape.nodes[i].parts) sum[part.parent] = broken === "accumulation" || sum[part.parent] === null ? part.downstream : added(sum[part.parent], part.downstream);
    return { value, gradient: sum, backward };
  }
  const added = (a, b) => (Array.isArray(a) ? a.map((x, i) => added(x, b[i])) : a + b);
  const active = () => (step >= 1 && step <= tape.forward.length ? tape.forward[step - 1] : step > tape.forward.length + 1 ? tape.backward[step - tape.forward.length - 2] : null);

  function words(value, shape = []) {
    if (value === null || value === undefined) return "";
    if (!Array.isArray(value)) return number(value, 4);
    const flat = value.flat(3);
    return flat.length <= 4 ? `[${flat.map((v) => number(v)).join(" ")}]` : `[${shape.join("×")}]`;
  }
  function entries(value, shape = []) {
    // As `words`, with more room.
    if (!Array.isArray(value) || value.flat(3).length > 16) return words(value, shape);
    return `[${value.map((v) => (Array.isArray(v) ? entries(v) : number(v))).join(" ")}]`;
  }
  const label = (i) => tape.nodes[i].name || words(tape.nodes[i].value);

  function ask(next) {
    asked = next;
    pause();
    const i = tape.backward[next - tape.forward.length - 2], part = tape.nodes[i].parts[0];
    if (!part) return (asked = null), (step = next), draw();
    const many = Array.isArray(part.downstream), first = many ? part.downstream.flat(3)[0] : part.downstream, answer = Math.sign(first);
    const what = `${many ? "the first entry of " : ""}the gradient that it sends to ${label(part.parent)}`;
    const reveal = (right) => {
      step = next;
      asked = null;
      draw();
      detail.prepend(el("p", { class: "nn-problem", role: "status" }, `${right ? "Right" : "Not this time"}: ${many ? "it is" : "the gate sends"} ${number(first, 4)}${many ? "" : ` to ${label(part.parent)}`}.`));
    };
    const size = el("input", { type: "text", size: "8", "aria-label": "or its value", onkeydown: (event) => {
      if (event.key !== "Enter") return;
      const guess = Number(size.value.replace("−", "-"));
      if (size.value.trim() === "" || !Number.isFinite(guess)) return box.say(`A guess must be a number, not “${size.value}”.`);
      box.say("");
      reveal(Math.abs(guess - first) <= 0.05 * Math.abs(first) + 1e-9);
    } });
    detail.replaceChildren(el("p", {}, `Predict first: the gate ${tape.nodes[i].symbol} is about to go backward. What sign has ${what}? `,
      button("negative", () => reveal(answer === -1)), " ", button("zero", () => reveal(answer === 0)), " ", button("positive", () => reveal(answer === 1)), " or its value, within 5 %: ", size));
    detail.querySelector("button").focus();
  }

  function drawControls() {
    const inputFields = tape.nodes.filter((node) => node.kind === "input").map((node) => {
      const now = inputs[node.name], many = Array.isArray(now), flat = many ? now.flat(3) : [now];
      if (flat.length > 12) return el("span", { class: "nn-note" }, `${node.name} [${node.shape.join("×")}]`);
      return field(node.name, flat.join(", "), (text) => {
        const values = text.split(/[,\s]+/).filter(Boolean).map(Number);
        if (values.length !== flat.length || values.some((v) => !Number.isFinite(v))) return box.say(`${node.name} must be ${flat.length === 1 ? "a number" : `${flat.length} numbers`}, not “${text}”.`);
        let at = 0;
        const fill = (shape) => (Array.isArray(shape) ? shape.map(fill) : values[at++]);
        build({ inputs: { ...inputs, [node.name]: fill(now) }, before: inputs });
      }, { size: String(Math.max(5, 6 * flat.length)) });
    });
    const formula = fixed ? null : field("formula", expression, (text) => build({ expression: text, inputs: {}, before: null }), { size: "34", list: "nn-examples" });
    controls.replaceChildren(
      el("div", { class: "nn-row" }, formula, fixed ? null : choice("or an example", ["", ...Object.keys(EXAMPLES)], EXAMPLES[expression] ? expression : "", (text) => text && build({ expression: text, inputs: {}, before: null })), inputFields),
      el("div", { class: "nn-row" },
        choice("break it", [["", "no: as it should be"], ["accumulation", "no accumulation at branches"], ["order", "wrong order: do not wait for all gradients"], ["stale", "stale values"]], broken, (value) => build({ broken: value })),
        button("predict first", (event) => { predict = !predict; event.target.setAttribute("aria-pressed", String(predict)); }, { "aria-pressed": String(predict) })));
  }

  const WIDE = 140, HIGH = 66, STRAIGHT = 78;
  const half = (node) => (node.kind === "gate" ? Math.max(20, 4.6 * node.symbol.length + 10) : 20);
  const at = (column, row) => ({ x: 64 + column * WIDE, y: 40 + row * HIGH });
  function draw() {
    scrub.value = String(step);
    scrub.setAttribute("aria-valuetext", `step ${step} of ${last()}`);
    const { value, gradient, backward } = known(), now = active();
    const svg = el("svg", { width: 110 + layout.columns * WIDE, height: 60 + layout.height * HIGH, role: "group", "aria-label": "the circuit" });
    tape.nodes.forEach((node, i) => node.parents.forEach((parent, k) => {
      const points = layout.route(parent, i).map(([c, r]) => at(c, r)), end = points[points.length - 1];
      end.y += (k - (node.parents.length - 1) / 2) * 12;
      let d = `M${points[0].x + half(tape.nodes[parent])},${points[0].y} L${points[0].x + STRAIGHT},${points[0].y}`;
      for (let p = 1; p < points.length; p++) {
        const a = points[p - 1], b = points[p], left = p === points.length - 1 ? half(node) : 0, from = a.x + STRAIGHT;
        d += ` C${from + 20},${a.y} ${b.x - left - 20},${b.y} ${b.x - left},${b.y}`;
        if (p < points.length - 1) d += ` L${b.x + STRAIGHT},${b.y}`;
      }
      svg.append(el("path", { d, fill: "none", stroke: backward.has(i) ? RED : value[i] && node.kind === "gate" && step > 0 ? GREEN : "#5a6472", "stroke-width": now === i ? 3.5 : 1.6 }));
      const carries = tape.nodes[parent];
      svg.append(el("path", { d, fill: "none", stroke: "transparent", "stroke-width": 12, class: "nn-wire" }, el("title", {}, `from ${label(parent)} to ${node.symbol}: ${value[parent] ? `value ${words(carries.value, carries.shape)}` : "no value yet"}${carries.shape.length ? `, shape ${carries.shape.join(" by ")}` : ""}${gradient[parent] === null ? "" : `, gradient ${words(gradient[parent], carries.shape)}`}`)));
    }));
    tape.nodes.forEach((node, i) => {
      const { x, y } = at(layout.column[i], layout.row[i]), wrong = step === last() && node.kind !== "constant" && off(node);
      const v = value[i] ? words(node.value, node.shape) : "", g = node.kind === "constant" ? "" : words(gradient[i], node.shape);
      const says = `${node.kind === "gate" ? `gate ${node.symbol}` : `${node.kind} ${node.name}`}${v ? `, value ${v}` : ""}${g ? `, gradient ${g}` : ""}${node.shape.length ? `, shape ${node.shape.join(" by ")}` : ""}`;
      const show = () => { chosen = i; drawDetail(); };
      const group = el("g", { tabindex: "0", role: "button", "aria-label": says, onclick: show, onfocus: show, class: "nn-edge" }, el("title", {}, says));
      // The wire belongs to its node: wherever it is touched, it tells shape, value and gradient.
      group.append(el("rect", { x: x - 24, y: y - 24, width: STRAIGHT + 24, height: 48, fill: "#ffffff", "fill-opacity": 0 }));
      if (node.kind === "gate") group.append(el("rect", { x: x - half(node), y: y - 18, width: 2 * half(node), height: 36, rx: 18, fill: now === i ? "#ffe9a8" : "#f5f7fa", stroke: wrong ? RED : "#1b1f24", "stroke-width": now === i || wrong ? 3.5 : 1.6 }));
      group.append(el("text", { x, y: y + 5, "text-anchor": "middle", "font-size": node.symbol.length > 6 ? 11 : node.symbol.length > 2 ? 13 : 16, "font-style": node.kind === "gate" ? "normal" : "italic" }, node.kind === "gate" ? node.symbol : label(i)));
      if (v && node.kind !== "constant") group.append(el("text", { x: x + 50, y: y - 7, "text-anchor": "middle", "font-size": 12, fill: GREEN, class: "nn-value" }, v));
      if (g) group.append(el("text", { x: x + 50, y: y + 18, "text-anchor": "middle", "font-size": 12, fill: RED, class: "nn-gradient" }, g + (wrong ? " ✗" : "")));
      svg.append(group);
    });
    picture.replaceChildren(svg);
    const n = tape.forward.length;
    said.textContent = step === 0 ? "Step 0: the inputs are given. Green above a wire: its value. Red below: the gradient of the output with respect to it." : step <= n ? `Step ${step}, forward: ${sentence(now)}` : step === n + 1 ? `Step ${step}: backward starts with the gradient 1 at the output.` : `Step ${step}, backward: through the gate ${tape.nodes[now].symbol}.${step === last() ? ending() : ""}`;
    root.dataset.step = step;
    drawDetail();
    drawTable();
  }
  const sentence = (i) => `${tape.nodes[i].symbol} of ${tape.nodes[i].parents.map((p) => words(tape.nodes[p].value, tape.nodes[p].shape)).join(" and ")} is ${words(tape.nodes[i].value, tape.nodes[i].shape)}.`;
  function off(node) {
    if (typeof node.difference !== "number" || typeof node.gradient !== "number") return node.gradient === null && typeof node.difference === "number" && node.difference !== 0;
    return Math.abs(node.gradient - node.difference) > 1e-4 * Math.max(1, Math.abs(node.difference));
  }
  function ending() {
    const wrong = tape.nodes.filter((node) => node.kind !== "constant" && off(node)).length;
    if (!broken) return wrong ? " At a kink the finite difference cannot decide." : " Every gradient agrees with its finite difference.";
    return wrong ? ` Broken (${broken}): ${wrong} of the gradients disagree with their finite differences, marked ✗.` : " Broken, and yet nothing is wrong here: this circuit does not need what was left out.";
  }
  function drawDetail() {
    const i = chosen ?? active();
    if (i === null) return detail.replaceChildren();
    const node = tape.nodes[i], { value, gradient } = known(), rows = [];
    if (value[i]) rows.push(`value ${entries(node.value, node.shape)}${node.shape.length ? `, shape (${node.shape.join(", ")})` : ""}`);
    const been = new Set(back()), went = been.has(i);
    // A finite difference is the whole gradient: it can be compared once every path has come back.
    const whole = (n) => tape.nodes.every((other, k) => !other.parents.includes(n) || been.has(k));
    const beside = ({ difference, shape }) => `finite difference ${entries(difference, shape) || "not taken"}`;
    if (went) {
      const upstream = entries(node.upstream, node.shape);
      rows.push(`upstream ${upstream}; ${beside(node)}`);
      for (const part of node.parts) {
        const to = tape.nodes[part.parent], sent = part.local !== null ? `upstream × local = downstream:  ${upstream} × ${number(part.local, 4)} = ${number(part.downstream, 4)}  to ${label(part.parent)}` : `upstream → downstream ${entries(part.downstream, to.shape)} to ${label(part.parent)}`;
        const uses = tape.nodes.filter((other) => other.parents.includes(part.parent)).length;
        rows.push(to.kind === "constant" ? sent : whole(part.parent) ? `${sent}; ${uses > 1 ? `with its other paths ${entries(gradient[part.parent], to.shape)}, ` : ""}${beside(to)}` : `${sent}; more is to come to it on other paths`);
      }
    }
    if (step === last() && node.kind !== "constant") rows.push(`gradient ${entries(node.gradient, node.shape) || "never arrived"}; ${beside(node)}${off(node) ? "  ✗ they disagree" : ""}`);
    if (tape.remembered && went) rows.push(`it remembers ${node.parents.map((p) => words(tape.remembered[p])).join(" and ")}, from the inputs before`);
    detail.replaceChildren(el("h4", {}, node.kind === "gate" ? `the gate ${node.symbol}, wire ${label(i)}` : `${node.kind} ${label(i)}`), el("div", { class: "nn-numbers" }, rows.join("\n")));
    for (const [name, array] of [["value", value[i] ? node.value : null], ["gradient", gradient[i]]]) if (Array.isArray(array) && array.flat(3).length > 4) detail.append(el("div", {}, name), heat(array));
  }
  function heat(array) {
    const rows = Array.isArray(array[0]) ? array.map((row) => row.flat(2)) : [array], most = Math.max(1e-12, ...rows.flat().map(Math.abs)), size = Math.max(3, Math.min(16, Math.floor(300 / rows[0].length)));
    const canvas = el("canvas", { width: rows[0].length * size, height: rows.length * size, role: "img", "aria-label": `heat map of ${rows.length} by ${rows[0].length} entries, up to ${number(most)}` }), context = canvas.getContext("2d");
    rows.forEach((row, r) => row.forEach((v, c) => { context.fillStyle = `rgb(${tint(v, most)})`; context.fillRect(c * size, r * size, size, size); }));
    return canvas;
  }
  function drawTable() {
    if (!details.open) return;
    const { value, gradient } = known();
    table.replaceChildren(el("table", {}, el("tr", {}, ["wire", "computed by", "value", "gradient", "finite difference"].map((h) => el("th", { scope: "col" }, h))),
      tape.nodes.map((node, i) => el("tr", {}, [label(i), node.kind === "gate" ? `${node.symbol} (${node.parents.map(label).join(", ")})` : node.kind, value[i] ? words(node.value, node.shape) : "", words(gradient[i], node.shape), step === last() ? words(node.difference, node.shape) : ""].map((t) => el("td", {}, t))))));
  }
  details.addEventListener("toggle", () => tape && drawTable());
  if (!fixed && !expression) expression = Object.keys(EXAMPLES)[0];
  const ready = build({});
  return { ready, stop: pause, build, go, get tape() { return tape; }, get step() { return step; } };
}

class Places {
  // Columns and rows: every gate right of its inputs, a place kept in every column that a wire passes, few crossings.
  constructor(parents) {
    const count = parents.length, column = new Array(count).fill(0);
    parents.forEach((list, i) => { if (list.length) column[i] = 1 + Math.max(...list.map((p) => column[p])); });
    parents.forEach((list, i) => { if (!list.length) column[i] = Math.max(0, Math.min(...parents.flatMap((other, k) => (other.includes(i) ? [column[k]] : []))) - 1); });
    this.column = column.map((c) => (Number.isFinite(c) ? c : 0));
    this.columns = 1 + Math.max(...this.column);
    const cells = Array.from({ length: this.columns }, () => []), last = [...this.column], near = new Map();
    parents.forEach((list, i) => list.forEach((p) => (last[p] = Math.max(last[p], this.column[i] - 1))));
    const seen = new Set(), visit = (i) => {
      if (seen.has(i)) return;
      seen.add(i);
      for (let c = this.column[i]; c <= last[i]; c++) cells[c].push(`${i}@${c}`);
      parents[i].forEach(visit);
    };
    visit(count - 1);
    const join = (a, b) => [[a, b], [b, a]].forEach(([from, to]) => near.set(from, [...(near.get(from) || []), to]));
    parents.forEach((list, i) => list.forEach((p) => join(`${p}@${this.column[i] - 1}`, `${i}@${this.column[i]}`)));
    last.forEach((end, i) => { for (let c = this.column[i]; c < end; c++) join(`${i}@${c}`, `${i}@${c + 1}`); });
    const row = new Map();
    cells.forEach((cell) => cell.forEach((place, r) => row.set(place, r)));
    for (let sweep = 0; sweep < 24; sweep++) {
      const order = sweep % 2 ? cells : [...cells].reverse();
      for (const cell of order) {
        const wanted = new Map(cell.map((place) => [place, (near.get(place) || [place]).reduce((sum, other) => sum + row.get(other), 0) / (near.get(place) || [place]).length]));
        cell.sort((a, b) => wanted.get(a) - wanted.get(b));
        // One row apart at least, and as near to where they want to be as that allows.
        const blocks = [];
        cell.forEach((place, i) => {
          blocks.push([wanted.get(place) - i, 1]);
          while (blocks.length > 1 && blocks[blocks.length - 2][0] / blocks[blocks.length - 2][1] > blocks[blocks.length - 1][0] / blocks[blocks.length - 1][1]) {
            const [sum, n] = blocks.pop();
            blocks[blocks.length - 1][0] += sum;
            blocks[blocks.length - 1][1] += n;
          }
        });
        const level = blocks.flatMap(([sum, n]) => new Array(n).fill(sum / n));
        cell.forEach((place, i) => row.set(place, level[i] + i));
      }
    }
    const top = Math.min(...row.values());
    this.places = new Map([...row].map(([place, r]) => [place, r - top]));
    this.row = this.column.map((c, i) => this.places.get(`${i}@${c}`));
    this.height = 1 + Math.max(...this.places.values());
  }
  route(from, to) {
    const stops = [];
    for (let c = this.column[from]; c < this.column[to]; c++) stops.push([c, this.places.get(`${from}@${c}`)]);
    return [...stops, [this.column[to], this.row[to]]];
  }
}
