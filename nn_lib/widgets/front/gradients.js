// The gradient explorer: a function of two variables from above or as a landscape, its gradient at a point, and descent.

// Formulas to start with, each from a point and at a rate at which its descent goes well.
const SURFACES = {
  "x^2 + 3 * y^2": { x: 1.5, y: 1, learning_rate: 0.1 },
  "x * y": { x: 1.5, y: -1.2, learning_rate: 0.05 },
  "x^2 - y^2": { x: 2, y: 0.1, learning_rate: 0.05 },
  "(1 - x)^2 + 5 * (y - x^2)^2": { x: -1, y: 1.5, learning_rate: 0.02 },
  "max(x, y)": { x: 1.5, y: 0.4, learning_rate: 0.1 },
  "sqrt(x^2 + y^2)": { x: 2, y: 1.2, learning_rate: 0.1 },
  "sin(x) * cos(y)": { x: 0.6, y: 0.5, learning_rate: 0.3 },
  "tanh(x) * y + 0.2 * x^2": { x: 1.5, y: 1, learning_rate: 0.1 },
};
const OPENING = { expression: "x^2 + 3 * y^2", x: 1.5, y: 1, reach: 3, learning_rate: 0.1, momentum: 0, angle: 0, landscape: false, turn: 30, tilt: 35 };

function gradientExplorer(root, engine, { share = null, problem = "", descent = true, ...given } = {}) {
  const state = { ...OPENING, ...Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(OPENING, name))) };
  let values = null, here = null, path = [], ended = "", latest = 0, side = 420;
  const box = problemBox(), told = el("div", { class: "nn-share", role: "status", hidden: true }), said = el("p", { class: "nn-note nn-status", "aria-live": "polite" });
  const canvas = el("canvas", { tabindex: "0", role: "application", "aria-label": "the function; move the point with the arrow keys or by dragging, or turn the landscape" });
  const legend = colourLegend(), chart = lineChart("the function's value along the descent"), frame = el("div", { class: "nn-canvas" }, canvas, legend);
  const facts = {}, fact = (name) => el("tr", {}, el("th", { scope: "row" }, name), (facts[name] = el("td")));
  const NAMES = ["point", "f", "gradient", "its length", "slope in the direction", ...(descent ? ["after the descent"] : [])];
  const kept = [], keep = (control, read) => (kept.push([control, read]), control);
  const landscape = toggle("landscape", state.landscape, () => change({ landscape: !state.landscape }));
  const controls = el("div", { class: "nn-settings" },
    keep(field("f(x, y) =", state.expression, (text) => change({ expression: text }), { size: "26" }), () => state.expression),
    keep(choice("or", [["", ""], ...Object.keys(SURFACES)], "", (text) => text && change({ expression: text, ...SURFACES[text] })), () => (SURFACES[state.expression] ? state.expression : "")),
    keep(field("sides reach to", state.reach, (text) => change({ reach: typed(text) }), { size: "4" }), () => state.reach),
    ...(!descent ? [] : [keep(slider("learning rate", { low: -3, high: 0.3, step: 0.05, value: Math.log10(state.learning_rate), words: (v) => number(10 ** v, 2) }, (v) => change({ learning_rate: 10 ** v })), () => Math.log10(state.learning_rate)),
    keep(slider("momentum", { low: 0, high: 0.95, step: 0.05, value: state.momentum }, (v) => change({ momentum: v })), () => state.momentum)]),
    keep(slider("direction", { low: 0, high: 355, step: 5, value: state.angle, words: (v) => `${v}°` }, (v) => change({ angle: v })), () => state.angle),
    keep(landscape, () => state.landscape), share ? shareButton(share, () => ({ ...state, landscape: state.landscape ? 1 : 0 }), told) : null);
  root.classList.add("nn-widget", "nn-gradients");
  root.replaceChildren(box, told, el("div", { class: "nn-explorer" }, frame, el("div", { class: "nn-facts" }, el("table", {}, NAMES.map(fact)), ...(descent ? [el("h4", {}, "value along the descent"), chart] : []),
    el("p", { class: "nn-note" }, `Blue is above 0, orange and hatched below, grey without a value. Violet arrow: the gradient.${descent ? " Dotted line: the descent." : ""}`), said)), controls);

  async function change(next = {}) {
    const before = { ...state }, turn = ++latest;
    Object.assign(state, next);
    try {
      for (const name of ["x", "y", "learning_rate", "momentum"]) if (!Number.isFinite(state[name])) throw new Error(`${name.replace("_", " ")} must be a number`);
      if (!(state.reach > 0 && state.reach <= 1e6)) throw new Error("the sides must reach from 0 to a number above it, such as 3");
      if (state.learning_rate <= 0 || state.momentum < 0 || state.momentum >= 1) throw new Error("the learning rate must be above 0, and the momentum from 0 to below 1");
      const { expression, x, y, reach, learning_rate, momentum } = state;
      const found = await engine.call("at", { expression, x, y });
      const walk = descent ? await engine.call("descent", { expression, x, y, learning_rate, momentum }) : { path: [], ended: "" };
      const surface = values && expression === before.expression && reach === before.reach ? null : (await engine.call("plane", { expression, reach })).values[0];
      if (turn !== latest) return;
      if (surface) values = surface;
      here = found;
      ({ path, ended } = walk);
      box.say(problem || advice());
      problem = "";
    } catch (error) {
      if (turn !== latest) return;
      Object.assign(state, before);
      box.say(error.message);
    }
    if (here) draw();
    for (const [control, read] of kept) control.set(read());
    share?.({ ...state, landscape: state.landscape ? 1 : 0 });
  }
  function advice() {
    // Why the descent ended early, if it did: the formula's domain, its shape, or the learning rate.
    if (here.kink) return `At this point ${here.kink}.`;
    if (!ended) return "";
    const heights = path.map(([, , v]) => v), falls = heights.every((v, i) => !i || v <= heights[i - 1]);
    if (ended === "domain") return `After ${path.length} step${path.length === 1 ? "" : "s"} the descent stands where the formula has no value or no slope. Start from another point, or watch what the formula does there.`;
    if (falls) return "The descent goes down for ever: this function has no lowest point in that direction.";
    return "The descent leaps over the valley and higher up each time: the learning rate is too large here.";
  }
  const left = (x) => ((x + state.reach) / (2 * state.reach)) * canvas.width, top = (y) => ((state.reach - y) / (2 * state.reach)) * canvas.height;
  function draw() {
    side = Math.max(220, Math.min(620, frame.clientWidth || side));
    fit(canvas, side);
    const palette = paletteOf(root), finite = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b), low = finite[0], high = finite[Math.floor((finite.length - 1) * 0.98)];
    const most = Math.max(1e-12, Math.abs(low), Math.abs(high)), context = canvas.getContext("2d"), ratio = canvas.width / side;
    if (state.landscape) relief(canvas, { values, size: PLANE, reach: state.reach, low, high: Math.max(high, low + 1e-9), turn: (state.turn * Math.PI) / 180, tilt: (state.tilt * Math.PI) / 180, palette, path, point: [state.x, state.y, here.value], most, side });
    else {
      paintMap(canvas, Array.from(values, (v) => 0.8 * v), PLANE, { most, palette });
      context.strokeStyle = palette.soft;
      context.lineWidth = ratio;
      for (const level of ticksBetween(low, high, 12)) contour(context, level);
      axisTicks(context, palette, ratio);
      line(path.map(([x, y]) => [x, y]), palette.ground, 4, false);
      line(path.map(([x, y]) => [x, y]), palette.ink, 1.8, true);
      const [gx, gy] = here.gradient.map((g) => g ?? 0), size = Math.hypot(gx, gy), long = size ? Math.min(1.2, 0.25 + 0.12 * size) * (state.reach / 3) : 0, direction = [Math.cos((state.angle * Math.PI) / 180), Math.sin((state.angle * Math.PI) / 180)];
      arrow(direction, state.reach / 4, palette.ink, palette, "direction");
      if (size) arrow([gx / size, gy / size], long, isDark(root) ? "#d49bf0" : "#7b2d9b", palette, "gradient");
      context.beginPath();
      context.arc(left(state.x), top(state.y), 6 * ratio, 0, 7);
      context.fillStyle = palette.ground;
      context.fill();
      context.strokeStyle = palette.ink;
      context.lineWidth = 2 * ratio;
      context.stroke();
    }
    legend.set(number(-most / 0.8, 2), "0", number(most / 0.8, 2));
    const [gx, gy] = here.gradient.map((g) => g ?? 0), size = Math.hypot(gx, gy), angle = (state.angle * Math.PI) / 180, slope = gx * Math.cos(angle) + gy * Math.sin(angle), end = path[path.length - 1];
    const words = [`(${number(state.x)}, ${number(state.y)})`, number(here.value, 5), `(${number(here.gradient[0], 5)}, ${number(here.gradient[1], 5)})`, number(size, 5), `${number(slope, 5)} = gradient · direction`, end ? `(${number(end[0])}, ${number(end[1])}), f = ${number(end[2], 4)}, ${path.length - 1} steps` : "–"];
    NAMES.forEach((name, i) => write(facts[name], words[i]));
    if (descent) chart.set([{ name: "f", values: path.map((p) => p[2]), look: "train" }], { xs: path.map((_, i) => i), along: "step", said: end ? `the function's value along the descent, from ${number(path[0][2])} to ${number(end[2])} in ${path.length - 1} steps` : "no descent" });
    write(said, `At (${number(state.x)}, ${number(state.y)}) the gradient is (${number(here.gradient[0])}, ${number(here.gradient[1])}). Computed by ${engine.name}.`);
    root.dataset.gradient = JSON.stringify(here.gradient);
  }
  function labelled(words, x, y, palette, ink = palette.ink) {
    const context = canvas.getContext("2d"), ratio = canvas.width / side;
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    context.lineJoin = "round";
    context.lineWidth = 4 * ratio;
    context.strokeStyle = palette.ground;
    context.strokeText(words, x, y);
    context.fillStyle = ink;
    context.fillText(words, x, y);
  }
  function axisTicks(context, palette, ratio) {
    const label = (words, x, y) => labelled(words, x, y, palette);
    for (const v of ticksBetween(-state.reach, state.reach, 6).filter((v) => Math.abs(v) < 0.97 * state.reach)) {
      context.fillStyle = palette.ink;
      context.fillRect(left(v) - ratio / 2, canvas.height - 6 * ratio, ratio, 6 * ratio);
      context.fillRect(0, top(v) - ratio / 2, 6 * ratio, ratio);
      context.textAlign = "center";
      label(number(v), left(v), canvas.height - 9 * ratio);
      context.textAlign = "left";
      if (v) label(number(v), 9 * ratio, top(v) + 4 * ratio);
    }
    context.textAlign = "right";
    label("x", canvas.width - 5 * ratio, canvas.height - 9 * ratio);
    context.textAlign = "left";
    label("y", 9 * ratio, 14 * ratio);
  }
  function contour(context, level) {
    // Marching squares, a line per cell.
    const cell = canvas.width / (PLANE - 1), v = (r, c) => values[r * PLANE + c];
    context.beginPath();
    for (let r = 0; r < PLANE - 1; r++) {
      for (let c = 0; c < PLANE - 1; c++) {
        const corners = [v(r, c), v(r, c + 1), v(r + 1, c + 1), v(r + 1, c)];
        if (!corners.every(Number.isFinite)) continue;
        const cross = [];
        for (let k = 0; k < 4; k++) {
          const a = corners[k], b = corners[(k + 1) % 4];
          if (a < level === b < level) continue;
          const t = (level - a) / (b - a);
          cross.push([[c + t, r], [c + 1, r + t], [c + 1 - t, r + 1], [c, r + 1 - t]][k]);
        }
        for (let k = 0; k + 1 < cross.length; k += 2) {
          context.moveTo(cross[k][0] * cell, cross[k][1] * cell);
          context.lineTo(cross[k + 1][0] * cell, cross[k + 1][1] * cell);
        }
      }
    }
    context.stroke();
  }
  function line(points, colour, width, dots) {
    const context = canvas.getContext("2d"), ratio = canvas.width / side;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width * ratio;
    context.beginPath();
    points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](left(x), top(y)));
    context.stroke();
    if (dots) points.forEach(([x, y]) => context.fillRect(left(x) - 2 * ratio, top(y) - 2 * ratio, 4 * ratio, 4 * ratio));
  }
  function arrow([dx, dy], long, colour, palette, name) {
    const tip = [state.x + dx * long, state.y + dy * long], turn = Math.atan2(dy, dx), head = 0.16 * (state.reach / 3);
    for (const [ink, wide] of [[palette.ground, 6], [colour, 3]]) {
      line([[state.x, state.y], tip], ink, wide, false);
      for (const bend of [2.6, -2.6]) line([tip, [tip[0] + head * Math.cos(turn + bend), tip[1] + head * Math.sin(turn + bend)]], ink, wide, false);
    }
    // The name stands beyond the tip, inside the picture.
    const context = canvas.getContext("2d"), ratio = canvas.width / side, beyond = 8 * ratio;
    context.textAlign = dx < -0.3 ? "right" : dx > 0.3 ? "left" : "center";
    labelled(name, Math.max(60 * ratio * (dx < 0.3), Math.min(canvas.width - 60 * ratio * (dx > -0.3), left(tip[0]) + dx * beyond)), Math.max(14 * ratio, Math.min(canvas.height - 24 * ratio, top(tip[1]) - dy * 1.6 * beyond + 4 * ratio)), palette, colour);
  }
  // A drag moves the point, or turns the landscape; the arrow keys do the same.
  let grip = null;
  const clip = (v) => Math.max(-state.reach, Math.min(state.reach, v));
  const turnTo = (turn, tilt) => {
    Object.assign(state, { turn: Math.round((turn + 720) % 360), tilt: Math.round(Math.max(10, Math.min(80, tilt))) });
    draw();
    share?.({ ...state, landscape: 1 });
  };
  function toPoint(event) {
    const place = canvas.getBoundingClientRect();
    change({ x: clip(-state.reach + (2 * state.reach * (event.clientX - place.left)) / place.width), y: clip(state.reach - (2 * state.reach * (event.clientY - place.top)) / place.height) });
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = { x: event.clientX, y: event.clientY, turn: state.turn, tilt: state.tilt };
    if (!state.landscape) toPoint(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons || !grip) return;
    if (state.landscape) turnTo(grip.turn - (event.clientX - grip.x) / 2, grip.tilt + (event.clientY - grip.y) / 3);
    else toPoint(event);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    if (state.landscape) return turnTo(state.turn - 5 * move[0], state.tilt + 5 * move[1]);
    const by = state.reach / (event.shiftKey ? 100 : 20);
    change({ x: clip(state.x + by * move[0]), y: clip(state.y + by * move[1]) });
  });
  const observer = new ResizeObserver(() => here && Math.abs(Math.min(620, frame.clientWidth) - side) > 2 && draw()), unwatch = whenSchemeChanges(root, () => here && draw());
  observer.observe(frame);
  const ready = change();
  return {
    ready, change, get here() { return here; }, get path() { return path; }, get state() { return state; },
    stop() {
      observer.disconnect();
      unwatch();
      engine.stop?.();
    },
  };
}

const IN_LINKS = { expression: "text", x: [-1e6, 1e6], y: [-1e6, 1e6], reach: [0.001, 1e6], learning_rate: [1e-6, 100], momentum: [0, 0.999], angle: [-360, 360], landscape: [0, 1], turn: [-1e6, 1e6], tilt: [-90, 90] };
gradientExplorer.toAddress = (state) => pairsToText({ ...state, x: Number(state.x.toPrecision(6)), y: Number(state.y.toPrecision(6)), learning_rate: Number(state.learning_rate.toPrecision(4)) }, { ...OPENING, landscape: 0 });
gradientExplorer.fromAddress = (hash) => {
  const { given, problem } = textToPairs(hash, IN_LINKS);
  return { ...given, landscape: Boolean(given.landscape), problem };
};
