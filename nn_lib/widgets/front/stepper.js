// The circuit stepper: values flow forward and gradients back, one gate at a time, in the drawing.

const EXAMPLES = {
  "(x + y) * z": { x: -2, y: 5, z: -4 },
  "sigmoid(w0 * x0 + w1 * x1 + w2)": { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
  "1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))": { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
  "x * y + max(z, w)": { x: 3, y: -4, z: 2, w: -1 },
  "(x * y + x) * max(x * y, y)": { x: 2, y: 3 },
};
// A riddle names its fault by a number, so that its address does not tell.
const RIDDLES = { 1: "accumulation", 2: "order", 3: "stale" };
const PACE = 1300; // milliseconds a step, while it plays

function stepper(root, engine, { expression = "", inputs: given = {}, fixed = false, step: at = 0, broken = "", before: earlier = null, predict: first = false, riddle = "", ways = BROKEN, problem = "", share = null } = {}) {
  let inputs = { ...given }, before = earlier, tape = null, step = 0, playing = null, predicting = first, chosen = null, solved = !RIDDLES[riddle], latest = 0;
  broken = RIDDLES[riddle] || broken;

  // What is on the screen, each part once.
  const box = problemBox(), drawing = circuitDrawing({ pressed }), fields = new Map();
  const title = el("strong", {}), count = el("span", { class: "nn-note" }), words = el("div", {}), said = el("div", { class: "nn-saying nn-status", role: "status" }, title, " ", count, words);
  const predictBox = prediction((problem) => box.say(problem)), told = el("div", { class: "nn-share", role: "status", hidden: true });
  const detailTitle = el("h3", {}), detailRows = el("div", { class: "nn-numbers" }), heats = el("div", { class: "nn-row" }), detail = el("div", { class: "nn-detail", hidden: true }, detailTitle, detailRows, heats);
  const player = button("▶", () => (playing ? pause() : play()), { class: "nn-main", "aria-label": "Play", title: "play, or pause" });
  const scrub = el("input", { type: "range", min: "0", value: "0", "aria-label": "step on the tape", oninput: () => jump(Number(scrub.value)) });
  const back = button("◀ Back", () => jump(step - 1)), forward = button("Forward ▶", () => go(step + 1));
  const formula = fixed ? null : field("formula", expression, (text) => build({ expression: text }), { size: "30", spellcheck: "false" });
  const examples = fixed ? null : choice("or an example", [["", ""], ...Object.keys(EXAMPLES)], "", (text) => text && build({ expression: text, inputs: EXAMPLES[text] }));
  const breaks = choice("break it", [["", "no: as it should be"], ["accumulation", "no accumulation at branches"], ["order", "wrong order: do not wait for all gradients"], ["stale", "stale values"]].filter(([way]) => ways.includes(way)), broken, (value) => build({ broken: value }));
  const predicts = toggle("predict first", predicting, () => {
    predicting = !predicting;
    predicts.set(predicting);
    if (!predicting) predictBox.drop();
    tell();
  });
  const inputRow = el("span", { class: "nn-settings", role: "group", "aria-label": "inputs" });
  const cells = el("table", {}), tableBox = opened(el("details", {}, el("summary", {}, "The tape as a table"), el("div", { class: "nn-scroll", tabindex: "0", role: "group", "aria-label": "the tape as a table" }, cells)));
  tableBox.addEventListener("toggle", () => tape && drawTable());
  const riddleButton = share ? button("copy as a riddle", () => copyRiddle(), { title: "a link that asks which gradient is wrong" }) : null;
  root.classList.add("nn-widget", "nn-stepper");
  root.replaceChildren(box,
    el("div", { class: "nn-step-bar" }, player, back, forward, button("To the end", () => jump(last())), button("Reset", () => jump(0)), scrub, predicts, share ? shareButton(share, () => state(), told) : null),
    told, drawing, predictBox, said, detail,
    el("div", { class: "nn-settings" }, formula, examples, inputRow, breaks, riddleButton), tableBox);
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea, [data-node]")) return;
    if (event.key === "ArrowRight") go(step + 1);
    if (event.key === "ArrowLeft") jump(step - 1);
  });
  const last = () => (tape ? tape.forward.length + 1 + tape.backward.length : 0);
  const state = () => ({ formula: expression, inputs, step, break: solved ? broken : "", before: broken === "stale" && solved ? before : null, predict: predicting ? 1 : "", riddle: solved ? "" : riddle });
  const tell = () => share?.(state());

  async function build(change = {}) {
    pause();
    predictBox.drop();
    const turn = ++latest, next = { expression, inputs, broken, before, ...change };
    try {
      let { names } = await engine.call("names", { expression: next.expression });
      const start = EXAMPLES[next.expression] || {}, known = { ...inputs, ...next.inputs };
      // A formula keeps the inputs it still has.
      next.inputs = Object.fromEntries(names.map((name, i) => [name, known[name] ?? start[name] ?? i + 1]));
      const built = await engine.call("build", { expression: next.expression, inputs: next.inputs, broken: next.broken, before: next.before });
      if (turn !== latest) return;
      tape = built;
    } catch (error) {
      if (turn === latest) box.say(error.message);
      return;
    }
    box.say(problem);
    problem = "";
    const another = next.expression !== expression;
    ({ expression, inputs, broken, before } = next);
    drawing.build(tape);
    if (another && change.expression !== undefined) step = 0;
    assign(scrub, { max: last() });
    syncControls();
    jump(Math.min(step, last()));
  }
  function syncControls() {
    formula?.set(expression);
    examples?.set(EXAMPLES[expression] ? expression : "");
    breaks.set(solved ? broken : "");
    breaks.hidden = !solved || ways.length < 2;
    if (riddleButton) riddleButton.hidden = !broken || !solved;
    const wanted = tape.nodes.filter((node) => node.kind === "input");
    for (const [name, one] of fields) if (!wanted.some((node) => node.name === name && String(node.shape) === one.shape)) (one.remove(), fields.delete(name));
    for (const { name, shape } of wanted) {
      if (!fields.has(name)) {
        const one = inputField(name, shape);
        one.shape = String(shape);
        fields.set(name, one);
        inputRow.append(one);
      }
      const now = inputs[name];
      fields.get(name).set?.(Array.isArray(now) ? now.flat(3).join(", ") : now);
    }
  }
  function inputField(name, shape) {
    const count = shape.reduce((product, n) => product * n, 1);
    if (count > 12) return el("span", { class: "nn-note" }, `${name} [${shape.join("×")}]`);
    return field(name, "", (text) => {
      const values = text.split(/[,\s]+/).filter(Boolean).map(typed), now = inputs[name];
      if (values.length !== count || values.some((v) => !Number.isFinite(v))) return box.say(`${name} must be ${count === 1 ? "a number" : `${count} numbers`}, not “${text}”.`);
      let next = 0;
      const fill = (part) => (Array.isArray(part) ? part.map(fill) : values[next++]);
      build({ inputs: { ...inputs, [name]: fill(now) }, before: inputs });
    }, { size: String(Math.max(4, 5 * count)) });
  }
  function play() {
    write(player, "❚❚");
    assign(player, { "aria-label": "Pause" });
    if (step >= last()) jump(0);
    playing = setInterval(() => (step >= last() || predictBox.pending() ? pause() : go(step + 1)), PACE);
  }
  function pause() {
    clearInterval(playing);
    playing = null;
    write(player, "▶");
    assign(player, { "aria-label": "Play" });
  }
  function jump(to) {
    // Straight to a step, without questions.
    predictBox.drop();
    if (tape) settle(to);
  }
  async function go(to) {
    // The next step; with "predict first", only after each gradient it sends has been predicted.
    if (!tape) return;
    if (predictBox.pending()) return predictBox.again();
    const i = to === step + 1 && to > tape.forward.length + 1 ? tape.backward[to - tape.forward.length - 2] : undefined;
    if (!predicting || i === undefined) return settle(to);
    pause();
    const asked = tape.nodes[i].parts.filter(({ parent }) => tape.nodes[parent].kind !== "constant").map((part) => {
      const many = Array.isArray(part.downstream), answer = many ? part.downstream.flat(3)[0] : part.downstream;
      return { answer: answer ?? NaN, parent: part.parent, gate: i, name: label(part.parent), what: `Predict: the gate ${symbolOf(tape.nodes[i])} is about to go backward. What does it send back to ${label(part.parent)}${many ? " (its first entry)" : ""}?` };
    });
    predictBox.changed = (now) => draw({ ask: now });
    const answers = await predictBox.ask(asked);
    settle(to, answers);
  }
  function settle(to, answers = []) {
    step = Math.max(0, Math.min(last(), to));
    chosen = null;
    draw({ answers });
    tell();
  }
  function pressed(i) {
    if (!solved) return solve(i);
    chosen = i;
    draw();
  }

  // ---- What is known at a step.
  const done = () => new Set(tape.forward.slice(0, step));
  const went = () => tape.backward.slice(0, Math.max(0, step - tape.forward.length - 1));
  const active = () => (step >= 1 && step <= tape.forward.length ? tape.forward[step - 1] : step > tape.forward.length + 1 ? tape.backward[step - tape.forward.length - 2] : null);
  const label = (i) => tape.nodes[i].name || valueWords(tape.nodes[i].value);
  const added = (a, b) => (Array.isArray(a) ? a.map((x, i) => added(x, b[i])) : a + b);
  function gradients() {
    // Of each node what has arrived, path by path, and what it comes to so far.
    const arrived = tape.nodes.map(() => []), sum = tape.nodes.map(() => null), output = tape.forward[tape.forward.length - 1];
    if (step > tape.forward.length) sum[output] = tape.nodes[output].shape.length ? tape.nodes[output].gradient : 1;
    for (const i of went()) {
      for (const part of tape.nodes[i].parts) {
        arrived[part.parent].push(part.downstream);
        sum[part.parent] = broken === "accumulation" || sum[part.parent] === null ? part.downstream : added(sum[part.parent], part.downstream);
      }
    }
    // Of somebody's nodes that do not tell what they send, the whole gradient, once every path has come back.
    if (tape.whole && step > tape.forward.length) tape.nodes.forEach((node, i) => cameBack(i) && (sum[i] = node.gradient));
    // What somebody's engine left at its nodes, where it is another number.
    if (step === last()) tape.nodes.forEach((node, i) => node.own !== undefined && (sum[i] = node.own));
    return { arrived, sum };
  }
  const pathsTo = (i) => tape.nodes.reduce((n, other) => n + other.parts.filter(({ parent }) => parent === i).length, 0);
  const cameBack = (i, been = new Set(went())) => tape.nodes.every((other, k) => !other.parents.includes(i) || been.has(k));
  function off(node) {
    if (typeof node.difference !== "number" || typeof node.gradient !== "number") return node.gradient === null && typeof node.difference === "number" && node.difference !== 0;
    return Math.abs(node.gradient - node.difference) > 1e-4 * Math.max(1, Math.abs(node.difference));
  }
  function valueWords(value, shape = []) {
    if (value === null || value === undefined) return "";
    if (!Array.isArray(value)) return number(value, 4);
    const flat = value.flat(3);
    return flat.length <= 4 ? `[${flat.map((v) => number(v)).join(" ")}]` : `[${shape.join("×")}]`;
  }
  function entries(value, shape = []) {
    // As `valueWords`, with more room.
    if (!Array.isArray(value) || value.flat(3).length > 16) return valueWords(value, shape);
    return `[${value.map((v) => (Array.isArray(v) ? entries(v) : number(v))).join(" ")}]`;
  }
  const bracket = (v) => (v < 0 ? `(${number(v, 4)})` : number(v, 4));
  function localWords(i, part) {
    // Where the local gradient of a gate comes from, in this gate's own terms.
    const { symbol, parents } = tape.nodes[i], other = parents.length === 2 ? parents[part.parent === parents[0] ? 1 : 0] : null, value = number(part.local, 4);
    if (symbol === "*" && other !== null) return `local: ${tape.nodes[other].name || "the other"} = ${value}`;
    const how = { exp: "the output itself", "1/x": "−1 / x²", "σ": "y (1 − y)", tanh: "1 − y²", log: "1 / x", max: part.local === 1 ? "the larger" : part.local === 0 ? "not the larger" : "a tie", min: part.local === 1 ? "the smaller" : part.local === 0 ? "not the smaller" : "a tie" }[symbol];
    return `local: ${how ? `${how}: ` : ""}${value}`;
  }

  // ---- Drawing.
  function draw({ answers = [], ask = null } = {}) {
    const { arrived, sum } = gradients(), known = done(), backward = new Set(went()), now = active(), started = step > tape.forward.length;
    const way = ask ? "backward" : now === null ? "" : started ? "backward" : "forward", end = step === last();
    const inForward = tape.nodes.map((node, i) => node.kind !== "gate" || known.has(i));
    const values = tape.nodes.map((node, i) => (node.kind === "constant" || !inForward[i] ? "" : node.kind === "gate" ? `${node.name} = ${valueWords(node.value, node.shape)}` : valueWords(node.value, node.shape)));
    const paths = tape.nodes.map((_, i) => pathsTo(i));
    const shown = tape.nodes.map((node, i) => {
      if (node.kind === "constant" || sum[i] === null) return "";
      const parts = arrived[i];
      if (paths[i] < 2 || !parts.length || (end && node.own !== undefined) || parts.some((p) => Array.isArray(p))) return valueWords(sum[i], node.shape);
      if (broken === "accumulation" && solved && parts.length > 1) return `${parts.map((p) => number(p, 3)).join(", then ")}`;
      if (!solved) return valueWords(sum[i], node.shape);
      const terms = parts.map((p, n) => (n ? bracket(p) : number(p, 4))).join(" + ");
      return parts.length < paths[i] ? `${terms} + …` : `${terms} = ${number(sum[i], 4)}`;
    });
    if (way === "backward" && !ask && shown[now] && shown[now].length < 9 && !drawing.isUpright()) shown[now] = `upstream ${shown[now]}`;
    const wrong = new Set(end && solved ? tape.nodes.flatMap((node, i) => (node.kind !== "constant" && off(node) ? [i] : [])) : []);
    const says = tape.nodes.map((node, i) => `${node.kind === "gate" ? `gate ${node.symbol}, wire ${node.name}` : `${node.kind} ${label(i)}`}${inForward[i] && node.kind !== "constant" ? `, value ${valueWords(node.value, node.shape)}` : ""}${sum[i] !== null && node.kind !== "constant" ? `, gradient ${valueWords(sum[i], node.shape)}` : ""}${node.shape.length ? `, shape ${node.shape.join(" by ")}` : ""}`);
    drawing.show({ values, gradients: shown, says, active: ask ? ask.gate : now, way, went: backward, known: new Set(tape.nodes.flatMap((_, i) => (inForward[i] ? [i] : []))), wrong, chosen, notes: solved ? notesAt(now, way, ask) : [], started });
    scrub.value = String(step);
    assign(scrub, { "aria-valuetext": `step ${step} of ${last()}` });
    back.disabled = step === 0;
    forward.disabled = end;
    root.dataset.step = step;
    say(now, started, sum, answers);
    drawDetail(sum);
    drawTable(sum);
  }
  function notesAt(now, way, ask) {
    if (ask) return [{ parent: ask.parent, gate: ask.gate, k: tape.nodes[ask.gate].parents.indexOf(ask.parent), lines: [`to ${ask.name}: ?`], way: "backward" }];
    if (way === "forward") {
      const node = tape.nodes[now];
      return node.shape.length || node.parents.some((p) => tape.nodes[p].shape.length) ? [] : [{ node: now, lines: [computed(node)], way: "forward" }];
    }
    if (way !== "backward") return [];
    const node = tape.nodes[now], seen = new Map();
    return node.parts.filter(({ parent, local }) => tape.nodes[parent].kind !== "constant" && local !== null).map((part) => {
      const places = node.parents.flatMap((p, k) => (p === part.parent ? [k] : [])), k = places[seen.get(part.parent) || 0];
      seen.set(part.parent, (seen.get(part.parent) || 0) + 1);
      return { parent: part.parent, gate: now, k, lines: [localWords(now, part), ...product(node.upstream, part)], way: "backward" };
    });
  }
  function product(upstream, { local, downstream }) {
    // On one line, or on two where it would cover what stands beside.
    const factors = `${number(upstream, 4)} × ${bracket(local)}`, result = `= ${number(downstream, 4)}`;
    return factors.length + result.length > 15 ? [factors, result] : [`${factors} ${result}`];
  }
  function computed(node) {
    const from = node.parents.map((p) => number(tape.nodes[p].value, 4)), result = number(node.value, 4);
    if (["+", "−", "*", "/"].includes(node.symbol) && from.length === 2) return `${from[0]} ${{ "*": "×", "/": "÷" }[node.symbol] || node.symbol} ${tape.nodes[node.parents[1]].value < 0 ? `(${from[1]})` : from[1]} = ${result}`;
    return `${node.symbol} of ${from.join(" and ")} = ${result}`;
  }
  function say(now, started, sum, answers) {
    const n = tape.forward.length, node = now === null ? null : tape.nodes[now];
    write(count, step ? ` step ${step} of ${last()}` : "");
    const lines = answers.map((one) => `${one.name}: ${one.words}`);
    if (!solved) {
      write(title, "One thing is wrong in this backward pass.");
      lines.push("Which gradient is the first to be wrong, coming from the output? Press its wire.");
    } else if (step === 0) {
      write(title, predicting ? "Predict, then look." : "The inputs are given.");
      lines.push("Press ▶ or Forward. Values go forward first (green, solid, above each wire); then gradients of the output come back (violet, dashed, below).");
    } else if (!started) {
      write(title, `Forward: the gate ${symbolOf(node)} makes ${node.name}.`);
      lines.push(node.shape.length ? `${node.symbol} of ${node.parents.map((p) => valueWords(tape.nodes[p].value, tape.nodes[p].shape)).join(" and ")} is ${valueWords(node.value, node.shape)}.` : computed(node));
    } else if (step === n + 1) {
      const out = tape.nodes[tape.nodes.length - 1].name;
      write(title, "Backward starts with 1.");
      lines.push(`For each step of ${out}, ${out} moves by one step. That 1 is the upstream gradient of the last gate.`);
    } else {
      write(title, `Backward: through the gate ${symbolOf(node)}.`);
      if (tape.whole) lines.push("These nodes do not tell what they send along each wire: a gradient is shown when all of it has arrived.");
      lines.push(...node.parts.filter(({ parent }) => tape.nodes[parent].kind !== "constant").map((part) => sentence(now, part, sum)), ...(tape.remembered ? [`It remembers ${node.parents.map((p) => valueWords(tape.remembered[p])).join(" and ")}, from the inputs before.`] : []));
      if (step === last()) lines.push(ending());
      if (predicting && predictBox.score.asked && step === last()) lines.push(`You predicted ${predictBox.score.right} of ${predictBox.score.asked}.`);
    }
    words.replaceChildren(...lines.map((line) => el("p", {}, line)));
  }
  function sentence(i, part, sum) {
    // What one input gets, and beside it what a nudge says, once every path has come back.
    const to = tape.nodes[part.parent], node = tape.nodes[i];
    if (part.local === null) return `upstream → downstream ${entries(part.downstream, to.shape)} to ${label(part.parent)}.`;
    const whole = cameBack(part.parent), sent = `To ${label(part.parent)}: upstream × local = ${number(node.upstream, 4)} × ${bracket(part.local)} = ${number(part.downstream, 4)}.`;
    if (!whole) return `${sent} More is to come to it on another path.`;
    const out = tape.nodes[tape.nodes.length - 1].name, uses = pathsTo(part.parent);
    const all = uses > 1 ? ` Its ${uses} paths come to ${number(sum[part.parent], 4)}${broken === "accumulation" ? " (the last one overwrote the others)" : " together"}.` : "";
    if (typeof to.difference !== "number") return `${sent}${all}`;
    return `${sent}${all} Measured: nudge ${label(part.parent)} by 0.001, and ${out} moves by ${number(0.001 * to.difference, 4)}.`;
  }
  function ending() {
    const wrong = tape.nodes.filter((node) => node.kind !== "constant" && off(node)).length, own = tape.nodes.flatMap((node, i) => (node.own !== undefined ? [label(i)] : []));
    if (own.length) return `The gradients that your engine left at ${own.slice(0, 4).join(", ")}${own.length > 4 ? " and more" : ""} are not what its gates send back, added up: did its backward run once, in the right order, from gradients of 0?`;
    if (tape.nodes.every(({ difference }) => typeof difference !== "number")) return broken ? `Broken (${broken}).` : "No finite difference could be taken beside these gradients.";
    if (!broken) return wrong ? "At a kink the finite difference cannot decide." : "Every gradient agrees with its finite difference.";
    return wrong ? `Broken (${broken}): ${wrong} of the gradients disagree with their finite differences, marked ✗.` : "Broken, and yet nothing is wrong here: this circuit does not need what was left out.";
  }
  function solve(i) {
    // The riddle: the first gradient that is wrong on the way back.
    const order = [tape.nodes.length - 1, ...tape.backward.flatMap((k) => tape.nodes[k].parts.map(({ parent }) => parent))], firstWrong = order.find((k) => tape.nodes[k].kind !== "constant" && off(tape.nodes[k]));
    const node = tape.nodes[i];
    if (i !== firstWrong) return words.replaceChildren(el("p", {}, off(node) ? `${label(i)} is wrong, too: but something before it on the way back is wrong already.` : `${label(i)} is right: its gradient is ${valueWords(node.gradient)}, and a nudge of 0.001 moves the output by ${number(0.001 * node.difference, 4)}.`));
    solved = true;
    syncControls();
    draw();
    words.prepend(el("p", {}, `Found. ${label(i)} got ${valueWords(node.gradient) || "nothing"}; measured it is ${number(node.difference, 4)}. ${{ accumulation: "Where paths meet, the last gradient overwrote the others.", order: "A gate went backward before all of its gradients had arrived.", stale: "The gates went backward with values of other inputs." }[broken]}`));
    tell();
  }
  async function copyRiddle() {
    const number = Object.keys(RIDDLES).find((key) => RIDDLES[key] === broken), now = solved;
    try {
      const address = await share({ ...state(), break: "", before: null, riddle: number, step: last(), predict: "" }, true);
      if ((await copied(address, told)) === "copied") write(told, "Riddle copied: whoever opens the link is asked which gradient is wrong.");
    } catch (error) {
      write(told, error.message);
    }
    told.hidden = false;
    solved = now;
    tell();
  }
  function drawDetail(sum) {
    detail.hidden = chosen === null;
    if (chosen === null) return;
    const node = tape.nodes[chosen], rows = [], known = node.kind !== "gate" || done().has(chosen);
    write(detailTitle, node.kind === "gate" ? `the gate ${node.symbol}, wire ${node.name}` : `${node.kind} ${label(chosen)}`);
    if (known) rows.push(`value ${entries(node.value, node.shape)}${node.shape.length ? `, shape (${node.shape.join(", ")})` : ""}`);
    if (sum[chosen] !== null && node.kind !== "constant") rows.push(`gradient ${entries(sum[chosen], node.shape)}`);
    if (step === last() && node.kind !== "constant") rows.push(`finite difference ${entries(node.difference, node.shape) || "not taken"}${off(node) ? "  ✗ they disagree" : ""}`);
    write(detailRows, rows.join("\n"));
    heats.replaceChildren(...[["value", known ? node.value : null], ["gradient", sum[chosen]]].filter(([, array]) => Array.isArray(array) && array.flat(3).length > 4).map(([name, array]) => el("div", {}, name, heat(array))));
  }
  function heat(array) {
    const rows = Array.isArray(array[0]) ? array.map((row) => row.flat(2)) : [array], most = Math.max(1e-12, ...rows.flat().map(Math.abs)), size = Math.max(3, Math.min(16, Math.floor(300 / rows[0].length))), palette = paletteOf(root);
    const canvas = el("canvas", { role: "img", "aria-label": `heat map of ${rows.length} by ${rows[0].length} entries, up to ${number(most)}` }), context = canvas.getContext("2d");
    fit(canvas, rows[0].length * size, rows.length * size);
    const fine = canvas.width / rows[0].length;
    rows.forEach((row, r) => row.forEach((v, c) => { context.fillStyle = `rgb(${tint(v, most, palette)})`; context.fillRect(c * fine, r * fine, fine, fine); }));
    return canvas;
  }
  function drawTable(sum = gradients().sum) {
    if (!tableBox.open) return;
    const known = done(), rows = tape.nodes.map((node, i) => [label(i), node.kind === "gate" ? `${node.symbol} (${node.parents.map(label).join(", ")})` : node.kind, node.kind !== "gate" || known.has(i) ? valueWords(node.value, node.shape) : "", valueWords(sum[i], node.shape), step === last() && solved ? valueWords(node.difference, node.shape) : ""]);
    if (cells.rows.length !== rows.length + 1) cells.replaceChildren(el("tr", {}, ["wire", "computed by", "value", "gradient", "finite difference"].map((h) => el("th", { scope: "col" }, h))), ...rows.map(() => el("tr", {}, [0, 1, 2, 3, 4].map(() => el("td")))));
    rows.forEach((row, r) => row.forEach((words, c) => write(cells.rows[r + 1].cells[c], words)));
  }
  const unwatch = whenSchemeChanges(root, () => tape && draw());
  if (!fixed && !expression) expression = Object.keys(EXAMPLES)[0];
  const ready = build({}).then(() => tape && (solved ? at && jump(at) : jump(last())));
  return {
    ready, build, go, jump, get tape() { return tape; }, get step() { return step; }, get inputs() { return inputs; },
    stop() {
      pause();
      unwatch();
      drawing.stop();
      engine.stop?.();
    },
  };
}

const STEPPER_STATE = { formula: "text", inputs: "numbers", step: [0, 1e6, true], break: "text", before: "numbers", predict: [0, 1], riddle: [1, 3, true] };
stepper.toAddress = (state) => pairsToText(state, { step: 0 });
stepper.fromAddress = (hash) => {
  const { given, problem } = textToPairs(hash, STEPPER_STATE), known = BROKEN.includes(given.break ?? "");
  return {
    expression: given.formula ?? "", inputs: given.inputs ?? {}, step: given.step ?? 0, broken: known ? given.break ?? "" : "", before: given.before ?? null, predict: Boolean(given.predict), riddle: given.riddle ?? "",
    problem: problem || (known ? "" : `Part of the link could not be read and was left out: there is no way “${given.break.slice(0, 20)}” to break it.`),
  };
};
