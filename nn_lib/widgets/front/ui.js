// Small parts all the pages share: elements, controls with labels, colours, pictures of numbers.

const BLUE = [0, 114, 178], ORANGE = [213, 94, 0]; // told apart by colour-blind readers (Okabe and Ito 2008)

function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "circle", "rect", "line", "text", "title", "polyline"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && !svg && typeof value !== "string") made[name] = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)) return value.toExponential(digits - 1).replaceAll("-", "−");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

function choice(label, options, value, change) {
  const select = el("select", { "aria-label": label, onchange: (event) => change(event.target.value) });
  for (const option of options) {
    const [key, words] = Array.isArray(option) ? option : [option, option];
    select.append(el("option", { value: key, selected: key === value }, words));
  }
  select.value = value;
  return el("label", { class: "nn-control" }, el("span", {}, label), select);
}

function slider(label, { low, high, step, value, words = (v) => number(v) }, change) {
  const shown = el("output", {}, words(value));
  const range = el("input", {
    type: "range", "aria-label": label, min: String(low), max: String(high), step: String(step), value: String(value),
    oninput: (event) => {
      shown.textContent = words(Number(event.target.value));
      change(Number(event.target.value));
    },
  });
  return el("label", { class: "nn-control" }, el("span", {}, label, " ", shown), range);
}

function field(label, value, change, attributes = {}) {
  let taken = String(value);
  const take = (event) => {
    if (event.target.value !== taken) change((taken = event.target.value));
  };
  const input = el("input", {
    type: "text", value: taken, size: "8", "aria-label": label, onchange: take,
    onkeydown: (event) => event.key === "Enter" && take(event), // JupyterLab keeps Enter from being a change
    ...attributes,
  });
  return el("label", { class: "nn-control" }, el("span", {}, label), input);
}

function button(words, press, attributes = {}) {
  return el("button", { type: "button", onclick: press, ...attributes }, words);
}

function tint(value, most = 1) {
  // White at 0, blue above, orange below.
  const share = Math.max(-1, Math.min(1, value / most)), to = share > 0 ? BLUE : ORANGE, much = Math.abs(share) * 0.85;
  return to.map((c) => Math.round(255 + (c - 255) * much));
}

const SHADES = Uint32Array.from({ length: 511 }, (_, i) => tint((i - 255) / 255).reduceRight((bytes, c) => (bytes << 8) | c, 255)), GREY = 0xff787878;

function paintMap(canvas, values, size, most = 1, steps = false) {
  // A map of size by size values; a canvas smaller than that gets every so many of them.
  const side = Math.min(size, canvas.width), skip = size / side, image = new ImageData(side, side), pixels = new Uint32Array(image.data.buffer);
  for (let row = 0, i = 0; row < side; row++) {
    const start = Math.floor((row + 0.5) * skip) * size;
    for (let column = 0; column < side; column++, i++) {
      const value = values[start + Math.floor((column + 0.5) * skip)];
      const share = steps ? (value > 0 ? 1 : -1) : Math.max(-1, Math.min(1, value / most));
      pixels[i] = Number.isFinite(value) ? SHADES[255 + Math.round(255 * share)] : GREY;
    }
  }
  const context = canvas.getContext("2d");
  if (canvas.width === side) return context.putImageData(image, 0, 0);
  const small = paintMap.scratch || (paintMap.scratch = document.createElement("canvas"));
  small.width = small.height = side;
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function lineChart(svg, curves, { width = 260, height = 110, low = null, high = null, xs = null, along = "" } = {}) {
  // curves: [{ name, values, colour, dash }]; a point per entry, at `xs` where given; `along` names that axis.
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const all = curves.flatMap(({ values }) => values).filter(Number.isFinite);
  if (!all.length) return;
  const least = low ?? Math.min(...all), most = Math.max(high ?? Math.max(...all), least + 1e-12), left = 56, base = height - (xs ? 30 : 16);
  const y = (v) => base - ((v - least) / (most - least)) * (base - 8);
  svg.append(el("line", { x1: left, x2: width, y1: base, y2: base, stroke: "#9aa3ad" }));
  for (const value of [least, most]) svg.append(el("text", { x: left - 4, y: y(value) + 4, "text-anchor": "end", "font-size": 10 }, number(value)));
  const from = xs ? xs[0] : 0, to = xs ? xs[xs.length - 1] : Math.max(...curves.map(({ values }) => values.length)) - 1;
  if (xs) for (const [x, value, anchor] of [[left, from, "start"], [width - 4, to, "end"]]) svg.append(el("text", { x, y: base + 12, "text-anchor": anchor, "font-size": 10 }, `${along} ${value}`));
  const x = (i) => left + (to > from ? (((xs ? xs[i] : i) - from) / (to - from)) * (width - left - 4) : 0);
  curves.forEach(({ name, values, colour, dash }, n) => {
    const points = values.map((v, i) => (Number.isFinite(v) ? `${x(i).toFixed(1)},${y(v).toFixed(1)}` : "")).filter(Boolean).join(" ");
    svg.append(el("polyline", { points, fill: "none", stroke: colour, "stroke-width": 1.8, "stroke-dasharray": dash || "none" }));
    svg.append(el("text", { x: left + 4 + 90 * n, y: height - 3, "font-size": 10, fill: colour }, `${dash ? "- - " : "— "}${name}`));
  });
}

function problemBox() {
  const box = el("div", { class: "nn-problem", role: "alert" });
  box.say = (words) => {
    box.textContent = words || "";
    box.hidden = !words;
  };
  box.say("");
  return box;
}

const nextFrame = () => new Promise((resolve) => {
  // A hidden page draws no frames; training there goes on, slowly.
  let done = false;
  const once = () => !done && ((done = true), resolve());
  requestAnimationFrame(once);
  setTimeout(once, 200);
});

class KernelEngine {
  // The same calls, answered by nn_lib in the notebook's kernel.
  constructor(model) {
    this.name = "nn_lib in the kernel";
    this.ahead = 2;
    this.frames = 4;
    this.model = model;
    this.waiting = new Map();
    this.last = 0;
    model.on("msg:custom", (message, buffers) => {
      const waiting = this.waiting.get(message.id);
      if (!waiting) return;
      this.waiting.delete(message.id);
      if (message.error) return waiting.fail(new Error(message.error));
      const answer = message.answer;
      (message.arrays || []).forEach(({ name, rows, colours }, n) => {
        const view = buffers[n], bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
        const flat = colours ? Float32Array.from(new Int8Array(bytes), (v) => (v === -128 ? NaN : v / 127)) : new Float32Array(bytes);
        const columns = flat.length / rows;
        answer[name] = Array.from({ length: rows }, (_, r) => flat.subarray(r * columns, (r + 1) * columns));
      });
      waiting.done(answer);
    });
  }
  call(what, details = {}) {
    const id = ++this.last;
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail });
      this.model.send({ id, what, details });
    });
  }
}
