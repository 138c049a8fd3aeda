// The gradient explorer: level curves of a function of two variables, its gradient at a point, and descent from there.

const SURFACES = ["x^2 + 3 * y^2", "x * y", "x^2 - y^2", "(1 - x)^2 + 5 * (y - x^2)^2", "max(x, y)", "tanh(x) * y + 0.2 * x^2"];

function gradientExplorer(root, engine, { expression = SURFACES[0], x = 1.5, y = 1, reach = 3, learning_rate = 0.1, momentum = 0, angle = 0 } = {}) {
  const state = { expression, x, y, reach, learning_rate, momentum, angle };
  let values = null, here = null, path = [], diverged = false, latest = 0;
  const SIZE = 384, box = problemBox(), said = el("p", { class: "nn-note nn-status", "aria-live": "polite" }), controls = el("div");
  const canvas = el("canvas", { width: SIZE, height: SIZE, tabindex: "0", role: "application", "aria-label": "level curves; move the point with the arrow keys or by dragging" });
  const table = el("div"), chart = el("svg", { width: 260, height: 110, role: "img", "aria-label": "the function's value along the descent" });
  root.classList.add("nn-widget", "nn-gradients");
  root.replaceChildren(box, controls, el("div", { class: "nn-columns" }, canvas, el("div", {}, table, el("h4", {}, "value along the descent"), chart, el("p", { class: "nn-note" }, "Blue is high, orange low, grey without a value. Black: the descent."))), said);

  async function change(next = {}) {
    const before = { ...state }, turn = ++latest;
    Object.assign(state, next);
    try {
      for (const name of ["x", "y", "learning_rate", "momentum"]) if (!Number.isFinite(state[name])) throw new Error(`${name.replace("_", " ")} must be a number`);
      if (!(state.reach > 0 && state.reach <= 1e6)) throw new Error("the sides must reach from 0 to a number above it, such as 3");
      if (state.learning_rate <= 0 || state.momentum < 0 || state.momentum >= 1) throw new Error("the learning rate must be above 0, and the momentum from 0 to below 1");
      const { expression, x, y, reach, learning_rate, momentum } = state;
      const found = await engine.call("at", { expression, x, y });
      const walk = await engine.call("descent", { expression, x, y, learning_rate, momentum });
      const surface = values && expression === before.expression && reach === before.reach ? null : (await engine.call("plane", { expression, reach })).values[0];
      if (turn !== latest) return;
      if (surface) values = surface;
      here = found;
      ({ path, diverged } = walk);
      box.say(here.kink ? `At this point ${here.kink}.` : diverged ? "The descent leaves the picture for good: the learning rate is too large here." : "");
    } catch (error) {
      if (turn !== latest) return;
      Object.assign(state, before);
      box.say(error.message);
    }
    if (here) draw();
    if (!controls.firstChild || next.expression !== undefined || next.reach !== undefined) drawControls();
  }
  function drawControls() {
    controls.replaceChildren(el("div", { class: "nn-row" },
      field("f(x, y) =", state.expression, (text) => change({ expression: text }), { size: "30" }),
      choice("or", ["", ...SURFACES], SURFACES.includes(state.expression) ? state.expression : "", (text) => text && change({ expression: text })),
      field("sides reach to", state.reach, (text) => change({ reach: text.trim() === "" ? NaN : Number(text) }), { size: "4" }),
      slider("learning rate", { low: -3, high: 0.3, step: 0.05, value: Math.log10(state.learning_rate), words: (v) => number(10 ** v, 2) }, (v) => change({ learning_rate: 10 ** v })),
      slider("momentum", { low: 0, high: 0.95, step: 0.05, value: state.momentum }, (v) => change({ momentum: v })),
      slider("direction", { low: 0, high: 355, step: 5, value: state.angle, words: (v) => `${v}°` }, (v) => change({ angle: v }))));
  }
  const left = (x) => ((x + state.reach) / (2 * state.reach)) * SIZE, top = (y) => ((state.reach - y) / (2 * state.reach)) * SIZE;
  function draw() {
    const finite = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b), low = finite[0], high = finite[Math.floor(finite.length * 0.98)];
    const middle = (low + high) / 2, most = Math.max(1e-12, (high - low) / 2);
    paintMap(canvas, Array.from(values, (v) => 0.8 * (v - middle)), PLANE, most);
    const context = canvas.getContext("2d"), step = (high - low) / 12;
    context.strokeStyle = "#5a6472";
    context.lineWidth = 1;
    for (let k = 1; k < 12; k++) contour(context, low + k * step);
    context.fillStyle = "#1b1f24";
    context.font = "11px system-ui, sans-serif";
    context.fillText(`x, y from ${number(-state.reach)} to ${number(state.reach)}`, 6, SIZE - 7);
    line(path.map(([x, y]) => [x, y]), "#1b1f24", 1.5, true);
    const [gx, gy] = here.gradient.map((g) => g ?? 0), size = Math.hypot(gx, gy), unit = size ? [gx / size, gy / size] : [0, 0], long = size ? Math.min(1.2, 0.25 + 0.12 * size) * (state.reach / 3) : 0;
    arrow(unit, long, "#b0122e");
    const turn = (state.angle * Math.PI) / 180, direction = [Math.cos(turn), Math.sin(turn)];
    arrow(direction, 0.6 * (state.reach / 3), "#0b5a8f");
    context.beginPath();
    context.arc(left(state.x), top(state.y), 6, 0, 7);
    context.fillStyle = "#ffffff";
    context.fill();
    context.strokeStyle = "#1b1f24";
    context.lineWidth = 2;
    context.stroke();
    const slope = gx * direction[0] + gy * direction[1], end = path[path.length - 1];
    const rows = [["point", `(${number(state.x)}, ${number(state.y)})`], ["f", number(here.value, 5)], ["gradient (red)", `(${number(here.gradient[0], 5)}, ${number(here.gradient[1], 5)})`], ["its length", number(size, 5)], ["slope in the blue direction", `${number(slope, 5)} = gradient · direction`], [`after ${path.length - 1} steps down`, end ? `(${number(end[0])}, ${number(end[1])}), f = ${number(end[2], 4)}` : "–"]];
    table.replaceChildren(el("table", {}, rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value)))));
    lineChart(chart, [{ name: "f", values: path.map((p) => p[2]), colour: "#0072b2" }]);
    if (end) chart.setAttribute("aria-label", `the function's value along the descent, from ${number(path[0][2])} to ${number(end[2])} in ${path.length - 1} steps`);
    said.textContent = `At (${number(state.x)}, ${number(state.y)}) the gradient is (${number(here.gradient[0])}, ${number(here.gradient[1])}). Computed by ${engine.name}.`;
    root.dataset.gradient = JSON.stringify(here.gradient);
  }
  function contour(context, level) {
    // Marching squares, a line per cell.
    const cell = SIZE / (PLANE - 1), v = (r, c) => values[r * PLANE + c];
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
    const context = canvas.getContext("2d");
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](left(x), top(y)));
    context.stroke();
    if (dots) points.forEach(([x, y]) => context.fillRect(left(x) - 2, top(y) - 2, 4, 4));
  }
  function arrow([dx, dy], long, colour) {
    if (!long) return;
    const tip = [state.x + dx * long, state.y + dy * long], turn = Math.atan2(dy, dx), head = 0.16 * (state.reach / 3);
    line([[state.x, state.y], tip], colour, 3, false);
    for (const bend of [2.6, -2.6]) line([tip, [tip[0] + head * Math.cos(turn + bend), tip[1] + head * Math.sin(turn + bend)]], colour, 3, false);
  }
  function toPoint(event) {
    const place = canvas.getBoundingClientRect(), clip = (v) => Math.max(-state.reach, Math.min(state.reach, v));
    change({ x: clip(-state.reach + (2 * state.reach * (event.clientX - place.left)) / place.width), y: clip(state.reach - (2 * state.reach * (event.clientY - place.top)) / place.height) });
  }
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); toPoint(event); });
  canvas.addEventListener("pointermove", (event) => event.buttons && toPoint(event));
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const by = state.reach / (event.shiftKey ? 100 : 20);
    change({ x: state.x + by * move[0], y: state.y + by * move[1] });
  });
  const ready = change();
  return { ready, stop() {}, change, get here() { return here; }, get path() { return path; } };
}
