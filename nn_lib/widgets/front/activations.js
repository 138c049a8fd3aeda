// The activation explorer: a function and its slope, the tangent at a movable point, and what depth makes of it.
// The slope explorer is its plain form: one formula, its tangent, and nothing to choose but the point.

const STARTS = ["he_normal", "xavier_normal", "he_uniform", "xavier_uniform", "normal", "uniform", "zeros"];
const AT_FIRST = { activation: "sigmoid", x: 1, initializer: "he_normal", layers: 6, scale: 1, bias: 0, seed: 0 };

function saturatedParts(curve) {
  // Where a function has gone flat for good: from there outwards its slope stays under a twentieth of that at the origin.
  // A function that is flat at the origin itself, such as x^3, has no scale of that kind, and is never called saturated.
  const middle = Math.floor(curve.x.length / 2), around = [middle - 1, middle, middle + 1].map((i) => Math.abs(curve.slope[i] ?? 0)), scale = Math.max(...around);
  const flat = curve.x.map(() => false);
  if (!(Math.min(...around) > 0 || scale >= 0.1)) return flat;
  for (const [from, by] of [[0, 1], [curve.x.length - 1, -1]]) {
    for (let i = from; curve.slope[i] !== undefined && curve.slope[i] !== null && Math.abs(curve.slope[i]) < 0.05 * scale; i += by) flat[i] = true;
  }
  return flat;
}

function activationExplorer(root, engine, { share = null, problem = "", reach = 5, plain = false, ...given } = {}) {
  const state = { ...AT_FIRST, ...Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(AT_FIRST, name))) };
  let curve = null, deep = null, flat = [], latest = 0;
  const names = Object.keys(ACTIVATIONS), box = problemBox(), told = el("div", { class: "nn-share", role: "status", hidden: true }), said = el("p", { class: "nn-status", "aria-live": "polite" });
  const plot = activationPlot(reach, plain), layers = el("div", { class: "nn-layers" }), depthNote = el("p", { class: "nn-note" }, "Depth is shown for the named activations."), kept = [], keep = (control, read) => (kept.push([control, read]), control);
  const point = el("input", { type: "range", min: String(-reach), max: String(reach), step: String(reach / 100), "aria-label": "the point x", class: "nn-along", oninput: () => to(Number(point.value)) });
  const controls = el("div", { class: "nn-settings" },
    keep(choice("activation", [["", ""], ...names.map((n) => [n, n.replaceAll("_", " ")])], "", (name) => name && change({ activation: name })), () => (names.includes(state.activation) ? state.activation : "")),
    keep(field("or a formula in x", "", (text) => text && change({ activation: text }), { size: "18", placeholder: "x * sigmoid(x)" }), () => (names.includes(state.activation) ? "" : state.activation)),
    share ? shareButton(share, () => state, told) : null);
  const depthControls = el("div", { class: "nn-settings" },
    keep(choice("weights start", STARTS.map((s) => [s, s.replaceAll("_", " ")]), state.initializer, (v) => change({ initializer: v })), () => state.initializer),
    keep(slider("weights ×", { low: 0.1, high: 3, step: 0.1, value: state.scale }, (v) => change({ scale: v })), () => state.scale),
    keep(slider("bias", { low: -3, high: 3, step: 0.25, value: state.bias }, (v) => change({ bias: v })), () => state.bias),
    keep(slider("layers", { low: 1, high: 12, step: 1, value: state.layers, words: String }, (v) => change({ layers: v })), () => state.layers));
  root.classList.add("nn-widget", "nn-activations");
  root.replaceChildren(box, told, el("div", { class: "nn-explorer" }, el("div", { class: "nn-canvas" }, plot.svg, el("label", { class: "nn-control" }, "move x, or drag in the picture", point)), el("div", { class: "nn-facts" }, ...(plain ? [] : [controls]), said)),
    ...(plain ? [] : [el("h3", {}, "A batch of normal inputs, layer after layer (64 units each)"), depthControls, layers, depthNote]));

  function to(x) {
    state.x = Math.max(-reach, Math.min(reach, x));
    box.say(trouble());
    draw();
    share?.(state);
  }
  const here = () => Math.max(0, Math.min(curve.x.length - 1, Math.round(((state.x + reach) / (2 * reach)) * (curve.x.length - 1))));
  function trouble() {
    // What is wrong with the activation at the point.
    const i = here(), where = `x = ${number(curve.x[i])}`;
    if (curve.y[i] === null) return `“${state.activation}” has no finite value at ${where}.`;
    if (curve.slope[i] === null) return `“${state.activation}” is not differentiable at ${where}: its slope is not finite.`;
    return curve.kinks[i] ? `At ${where} ${curve.kinks[i]}.` : "";
  }
  plot.dragged = to;

  async function change(next = {}) {
    const before = { ...state }, turn = ++latest;
    Object.assign(state, next);
    try {
      const found = await engine.call("curve", { activation: state.activation, reach });
      const { activation, initializer, layers: count, scale, bias, seed } = state;
      const through = !plain && Object.hasOwn(ACTIVATIONS, activation) ? (await engine.call("depth", { activation, initializer, layers: count, scale, bias, seed })).layers : null;
      if (turn !== latest) return;
      [curve, deep, flat] = [found, through, plain ? found.x.map(() => false) : saturatedParts(found)];
      box.say(problem || trouble());
      problem = "";
    } catch (error) {
      if (turn !== latest) return;
      Object.assign(state, before);
      box.say(error.message);
    }
    if (curve) draw();
    for (const [control, read] of kept) control.set(read());
    share?.(state);
  }
  function draw() {
    const i = here(), y = curve.y[i], slope = curve.slope[i], x = curve.x[i];
    if (Number(point.value) !== state.x) point.value = String(state.x);
    plot.set(curve, flat, i, state.activation.replaceAll("_", " "));
    const words = `${state.activation} at x = ${number(x)} is ${number(y, 5)}, its slope ${number(slope, 5)}`;
    assign(plot.svg, { "aria-label": words });
    const off = state.activation === "relu" && x < 0;
    write(said, `${words}${off ? ": off, no gradient comes through" : slope !== null && flat[i] ? ": saturated, hardly any gradient comes through" : ""}.${flat.includes(true) ? " In the shaded part it has gone flat." : ""} Computed by ${engine.name}.`);
    root.dataset.at = JSON.stringify([x, y, slope]);
    drawLayers();
  }
  function drawLayers() {
    depthNote.hidden = Boolean(deep);
    layers.hidden = depthControls.hidden = !deep;
    if (!deep) return;
    while (layers.childElementCount > deep.length) layers.lastChild.remove();
    while (layers.childElementCount < deep.length) layers.append(layerPicture(layers.childElementCount + 1));
    deep.forEach((layer, n) => layers.children[n].set(layer));
    root.dataset.dead = JSON.stringify(deep.map((layer) => layer.dead));
  }
  const unwatch = whenSchemeChanges(root, () => curve && draw());
  const ready = change();
  return {
    ready, change, get curve() { return curve; }, get deep() { return deep; }, get flat() { return flat; },
    stop() {
      unwatch();
      engine.stop?.();
    },
  };
}

function layerPicture(n) {
  // How one layer's outputs are spread, and what that does to its gradients.
  const BARS = 24, svg = el("svg", { width: 120, height: 56, role: "img" }), bars = Array.from({ length: BARS }, (_, k) => el("rect", { x: (k * 120) / BARS, width: 4.2, class: "nn-bar-fill" }));
  svg.append(...bars);
  const words = [0, 1, 2, 3].map(() => el("div", {}));
  const made = el("div", { class: "nn-note" }, `layer ${n}`, svg, words);
  made.set = (layer) => {
    const most = Math.max(...layer.bars);
    layer.bars.forEach((bar, k) => assign(bars[k], { y: 50 - (46 * bar) / most, height: (46 * bar) / most }));
    assign(svg, { "aria-label": `layer ${n}: mean ${number(layer.mean)}, deviation ${number(layer.deviation)}, ${Math.round(100 * layer.dead)} % dead` });
    [`${number(layer.low, 2)} to ${number(layer.high, 2)}`, `deviation ${number(layer.deviation, 2)}`, `mean slope ${number(layer.slope, 2)}`, `${Math.round(100 * layer.dead)} % dead`].forEach((text, i) => write(words[i], text));
  };
  return made;
}

function activationPlot(reach, plain) {
  // The curve, its slope unless it is plain, and the tangent at a point; its parts stay, and move.
  const W = 560, H = 330, L = 40, R = 12, T = 30, B = 26, svg = el("svg", { viewBox: `0 0 ${W} ${H}`, role: "img" });
  const shade = el("g", {}), grid = el("g", {}), value = el("polyline", { class: "nn-plot-value" }), slope = el("polyline", { class: "nn-plot-slope" }), tangent = el("line", { class: "nn-plot-tangent" }), dot = el("circle", { r: 6, class: "nn-plot-point" });
  const name = el("text", { x: L + 6, y: 18, class: "nn-plot-value-ink" }), its = el("text", { x: L + 250, y: 18, class: "nn-plot-slope-ink" }, "┄ its slope");
  svg.append(shade, grid, value, ...(plain ? [] : [slope]), tangent, dot, name, ...(plain ? [] : [its]));
  const left = (x) => L + ((x + reach) / (2 * reach)) * (W - L - R), made = { svg, dragged: null };
  made.set = (curve, flat, i, words) => {
    const all = [...curve.y, ...(plain ? [] : curve.slope)].filter((v) => v !== null), ends = [Math.min(...all), Math.max(...all)], room = 0.08 * (ends[1] - ends[0] || 1);
    const [low, high] = plain ? [ends[0] - room, ends[1] + room] : [Math.max(-3, Math.min(-0.3, ...all)), Math.min(4, Math.max(1.2, ...all))], over = plain ? room : 1;
    const height = (v) => H - B - ((v - low) / (high - low)) * (H - T - B), within = (v) => Math.max(low - over, Math.min(high + over, v)), top = (v) => height(within(v));
    const key = JSON.stringify([low, high, words]);
    if (svg.dataset.key !== key) {
      svg.dataset.key = key;
      write(name, `— ${words}`);
      grid.replaceChildren(...ticksBetween(low, high, 5).flatMap((v) => [el("path", { class: v ? "nn-grid" : "nn-axis", d: `M${L},${top(v)}H${W - R}` }), el("text", { x: L - 5, y: top(v) + 4, "text-anchor": "end" }, number(v))]),
        ...ticksBetween(-reach, reach, 5).flatMap((v) => [el("path", { class: v ? "nn-grid" : "nn-axis", d: `M${left(v)},${T}V${H - B}` }), el("text", { x: left(v), y: H - 9, "text-anchor": "middle" }, number(v))]), el("text", { x: W - R, y: H - 9, "text-anchor": "end" }, "x"));
      shade.replaceChildren(...curve.x.flatMap((x, k) => (flat[k] ? [el("rect", { class: "nn-plot-flat", x: left(x) - 1.4, y: T, width: 2.8, height: H - T - B })] : [])));
    }
    const shape = (list) => curve.x.map((x, k) => (list[k] === null ? "" : `${left(x).toFixed(1)},${top(list[k]).toFixed(1)}`)).filter(Boolean).join(" ");
    assign(value, { points: shape(curve.y) });
    assign(slope, { points: shape(curve.slope) });
    const x = curve.x[i], y = curve.y[i], g = curve.slope[i], there = y !== null && g !== null;
    for (const part of [tangent, dot]) part.style.display = there ? "" : "none";
    if (!there) return;
    // A steep tangent is shorter, so that it stays in the picture and keeps its slope.
    const run = Math.min(0.3 * reach, (0.3 * (high - low)) / Math.abs(g)), from = within(y);
    assign(tangent, { x1: left(x - run), x2: left(x + run), y1: height(from - run * g), y2: height(from + run * g) });
    assign(dot, { cx: left(x), cy: top(y) });
  };
  const drag = (event) => {
    const place = svg.getBoundingClientRect();
    made.dragged?.(-reach + (2 * reach * ((event.clientX - place.left) * (W / place.width) - L)) / (W - L - R));
  };
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    drag(event);
  });
  svg.addEventListener("pointermove", (event) => event.buttons && drag(event));
  return made;
}

activationExplorer.toAddress = (state) => pairsToText(state, AT_FIRST);
activationExplorer.fromAddress = (hash) => {
  const kinds = { activation: "text", initializer: { of: STARTS }, x: [-5, 5], layers: [1, 12, true], scale: [0.1, 3], bias: [-3, 3], seed: [0, 2 ** 53, true] }, { given, problem } = textToPairs(hash, kinds);
  return { ...given, problem };
};
