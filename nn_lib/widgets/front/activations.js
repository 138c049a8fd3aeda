// The activation explorer: a function and its slope, the tangent at a movable point, and what depth makes of it.

const STARTS = ["he_normal", "xavier_normal", "he_uniform", "xavier_uniform", "normal", "uniform", "zeros"];

const KINKS = {
  relu: [0, "relu has a corner, and no slope: 0, that on the left, is used"],
  leaky_relu: [0, "leaky_relu has a corner, and no slope: 0.01, that on the left, is used"],
  prelu: [0, "prelu has a corner, and no slope: 0.25, that on the left, is used"],
  hard_tanh: [1, "hard_tanh has a corner, and no slope: 0 is used"],
};

class PageActivations {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details) {
    return this[what](details);
  }
  curve({ activation, reach = 5, points = 201 }) {
    const x = Array.from({ length: points }, (_, i) => -reach + (2 * reach * i) / (points - 1));
    if (Object.hasOwn(ACTIVATIONS, activation)) {
      const [value, slope] = ACTIVATIONS[activation], y = x.map((v) => value(v)), corner = KINKS[activation];
      return { x, y, slope: x.map((v, i) => slope(v, y[i])), kinks: x.map((v) => (corner && Math.abs(v) === corner[0] ? corner[1] : null)) };
    }
    const circuit = new Circuit(activation, ["x"]), y = [], slope = [], kinks = [];
    for (const v of x) {
      try {
        y.push(told(circuit.forward({ x: v })));
        slope.push(told(circuit.backward().x));
        kinks.push(circuit.kink());
      } catch {
        y.push(null);
        slope.push(null);
        kinks.push(null);
      }
    }
    if (y.every((v) => v === null)) fail(`“${activation}” has no finite value between ${-reach} and ${reach}`);
    return { x, y, slope, kinks };
  }
  depth({ activation, initializer = "he_normal", layers = 6, scale = 1, bias = 0, seed = 0 }) {
    if (!Object.hasOwn(ACTIVATIONS, activation)) fail(`depth needs an activation by name, not '${activation}'`);
    const rng = new Generator(seed), WIDTH = 64, BATCH = 128, BARS = 24, [value, slopeOf] = ACTIVATIONS[activation];
    let h = rng.normal(0, 1, BATCH * WIDTH);
    const told = [];
    for (let n = 0; n < layers; n++) {
      const { W } = new Network([WIDTH, WIDTH], [activation], initializer, 0, rng).layers[0];
      const next = new Float64Array(BATCH * WIDTH), live = new Uint8Array(WIDTH);
      let steepness = 0;
      for (let r = 0; r < BATCH; r++) {
        for (let o = 0; o < WIDTH; o++) {
          let sum = 0;
          for (let i = 0; i < WIDTH; i++) sum += h[r * WIDTH + i] * scale * W[o * WIDTH + i];
          const a = sum + bias, y = value(a), slope = slopeOf(a, y);
          next[r * WIDTH + o] = y;
          steepness += Math.abs(slope);
          if (slope !== 0) live[o] = 1;
        }
      }
      h = next;
      const low = h.reduce((a, b) => Math.min(a, b)), top = h.reduce((a, b) => Math.max(a, b)), high = top > low ? top : low + 1, bars = new Array(BARS).fill(0);
      for (const v of h) bars[Math.max(0, Math.min(BARS - 1, Math.floor(((v - low) / (high - low)) * BARS)))]++;
      const mean = h.reduce((a, b) => a + b, 0) / h.length, deviation = Math.sqrt(h.reduce((a, b) => a + (b - mean) ** 2, 0) / h.length);
      told.push({ low, high, bars, mean, deviation, dead: 1 - live.reduce((a, b) => a + b, 0) / WIDTH, slope: steepness / h.length });
    }
    return { layers: told };
  }
}

function activationExplorer(root, engine, { activation = "sigmoid", x = 1 } = {}) {
  const state = { activation, x, initializer: "he_normal", layers: 6, scale: 1, bias: 0, seed: 0 };
  let curve = null, deep = null, latest = 0;
  const names = Object.keys(ACTIVATIONS), box = problemBox(), controls = el("div"), said = el("p", { class: "nn-note nn-status", "aria-live": "polite" });
  const plot = el("svg", { width: 420, height: 260, role: "img" }), layers = el("div", { class: "nn-columns" });
  const point = el("input", { type: "range", min: "-5", max: "5", step: "0.05", value: String(x), "aria-label": "the point x", class: "nn-along", oninput: () => to(Number(point.value)) });
  function to(x) {
    state.x = Math.max(-5, Math.min(5, x));
    point.value = String(state.x);
    box.say(trouble());
    draw();
  }
  const here = () => Math.max(0, Math.min(curve.x.length - 1, Math.round(((state.x + 5) / 10) * (curve.x.length - 1))));
  function trouble() {
    // What is wrong with the activation at the point.
    const i = here(), where = `x = ${number(curve.x[i])}`;
    if (curve.y[i] === null) return `“${state.activation}” has no finite value at ${where}.`;
    if (curve.slope[i] === null) return `“${state.activation}” is not differentiable at ${where}: its slope is not finite.`;
    return curve.kinks[i] ? `At ${where} ${curve.kinks[i]}.` : "";
  }
  // The plot itself can be dragged along, too.
  const drag = (event) => to(-5 + ((event.clientX - plot.getBoundingClientRect().left) * (420 / plot.getBoundingClientRect().width) - 30) / 38);
  plot.addEventListener("pointerdown", (event) => { plot.setPointerCapture(event.pointerId); drag(event); });
  plot.addEventListener("pointermove", (event) => event.buttons && drag(event));
  root.classList.add("nn-widget", "nn-activations");
  root.replaceChildren(box, controls, plot, el("label", { class: "nn-control" }, "move x, or drag in the picture", point), said, el("h4", {}, "a batch of normal inputs, layer after layer (64 units each)"), layers);

  async function change(next = {}) {
    const before = { ...state }, turn = ++latest;
    Object.assign(state, next);
    try {
      const found = await engine.call("curve", { activation: state.activation });
      const { activation, initializer, layers: count, scale, bias, seed } = state;
      const through = Object.hasOwn(ACTIVATIONS, activation) ? (await engine.call("depth", { activation, initializer, layers: count, scale, bias, seed })).layers : null;
      if (turn !== latest) return;
      curve = found;
      deep = through;
      box.say(trouble());
    } catch (error) {
      if (turn !== latest) return;
      Object.assign(state, before);
      box.say(error.message);
    }
    if (curve) draw();
    drawControls();
  }
  function drawControls() {
    if (controls.contains(document.activeElement) && document.activeElement.type === "range") return;
    controls.replaceChildren(el("div", { class: "nn-row" },
      choice("activation", ["", ...names], names.includes(state.activation) ? state.activation : "", (name) => name && change({ activation: name })),
      field("or a formula in x", names.includes(state.activation) ? "" : state.activation, (text) => text && change({ activation: text }), { size: "20", placeholder: "x * sigmoid(x)" }),
      choice("weights start", STARTS.map((s) => [s, s.replaceAll("_", " ")]), state.initializer, (v) => change({ initializer: v })),
      slider("weights ×", { low: 0.1, high: 3, step: 0.1, value: state.scale }, (v) => change({ scale: v })),
      slider("bias", { low: -3, high: 3, step: 0.25, value: state.bias }, (v) => change({ bias: v })),
      slider("layers", { low: 1, high: 12, step: 1, value: state.layers, words: String }, (v) => change({ layers: v }))));
  }
  function draw() {
    plot.replaceChildren();
    plot.setAttribute("viewBox", "0 0 420 260");
    const all = [...curve.y, ...curve.slope].filter((v) => v !== null), low = Math.max(-3, Math.min(-0.3, ...all)), high = Math.min(4, Math.max(1.2, ...all));
    const left = (x) => 30 + ((x + 5) / 10) * 380, top = (v) => 240 - ((Math.max(low - 1, Math.min(high + 1, v)) - low) / (high - low)) * 225;
    // Saturation: where the slope is under a twentieth of its largest, a change of x hardly shows.
    const steepest = Math.max(...curve.slope.filter((v) => v !== null).map(Math.abs));
    curve.x.forEach((x, i) => Math.abs(curve.slope[i] ?? 1) < 0.05 * steepest && plot.append(el("rect", { x: left(x) - 1, y: 10, width: 2.2, height: 232, fill: "#ece7df" })));
    for (const v of new Set([Math.ceil(low) || 0, 0, 1])) plot.append(el("line", { x1: 30, x2: 410, y1: top(v), y2: top(v), stroke: "#c4cad1" }), el("text", { x: 24, y: top(v) + 4, "font-size": 10, "text-anchor": "end" }, String(v)));
    for (const v of [-5, 0, 5]) plot.append(el("text", { x: left(v), y: 256, "font-size": 10, "text-anchor": v < 0 ? "start" : v > 0 ? "end" : "middle" }, v ? number(v) : "x = 0"));
    const shape = (list) => curve.x.map((x, i) => (list[i] === null ? "" : `${left(x).toFixed(1)},${top(list[i]).toFixed(1)}`)).filter(Boolean).join(" ");
    plot.append(el("polyline", { points: shape(curve.y), fill: "none", stroke: "#0072b2", "stroke-width": 2.5 }), el("polyline", { points: shape(curve.slope), fill: "none", stroke: "#b34700", "stroke-width": 2, "stroke-dasharray": "6 4" }));
    const i = here(), y = curve.y[i], slope = curve.slope[i], x = curve.x[i];
    if (y !== null && slope !== null) {
      plot.append(el("line", { x1: left(x - 1.5), x2: left(x + 1.5), y1: top(y - 1.5 * slope), y2: top(y + 1.5 * slope), stroke: "#1b1f24", "stroke-width": 1.5 }), el("circle", { cx: left(x), cy: top(y), r: 5, fill: "#ffffff", stroke: "#1b1f24", "stroke-width": 2 }));
    }
    plot.append(el("text", { x: 40, y: 22, "font-size": 12, fill: "#0072b2" }, `— ${state.activation}`), el("text", { x: 40, y: 38, "font-size": 12, fill: "#b34700" }, "- - its slope"));
    const words = `${state.activation} at x = ${number(x)} is ${number(y, 5)}, its slope ${number(slope, 5)}`;
    plot.setAttribute("aria-label", words);
    said.textContent = `${words}${slope !== null && Math.abs(slope) < 0.05 * steepest ? ": saturated, hardly any gradient comes through" : ""}. The shaded part is saturated. Computed by ${engine.name}.`;
    root.dataset.at = JSON.stringify([x, y, slope]);
    drawLayers();
  }
  function drawLayers() {
    if (!deep) return layers.replaceChildren(el("p", { class: "nn-note" }, "Depth is shown for the named activations."));
    layers.replaceChildren(...deep.map((layer, n) => {
      const most = Math.max(...layer.bars), svg = el("svg", { width: 110, height: 56, role: "img", "aria-label": `layer ${n + 1}: mean ${number(layer.mean)}, deviation ${number(layer.deviation)}, ${Math.round(100 * layer.dead)} % dead` });
      layer.bars.forEach((bar, k) => svg.append(el("rect", { x: (k * 110) / 24, y: 50 - (46 * bar) / most, width: 4, height: (46 * bar) / most, fill: "#0072b2" })));
      return el("div", { class: "nn-note" }, `layer ${n + 1}`, svg, el("div", {}, `${number(layer.low, 2)} to ${number(layer.high, 2)}`), el("div", {}, `deviation ${number(layer.deviation, 2)}`), el("div", {}, `mean slope ${number(layer.slope, 2)}`), el("div", {}, `${Math.round(100 * layer.dead)} % dead`));
    }));
    root.dataset.dead = JSON.stringify(deep.map((layer) => layer.dead));
  }
  const ready = change();
  return { ready, stop() {}, change, get curve() { return curve; }, get deep() { return deep; } };
}
