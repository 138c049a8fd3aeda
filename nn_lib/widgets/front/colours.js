// What colours mean, on every page and picture: blue is above zero (class 1), orange below (class 0), green a value on
// its way forward, violet a gradient on its way back. No colour is the only sign of anything.

const BLUE = [0, 114, 178], ORANGE = [213, 94, 0]; // told apart by colour-blind readers (Okabe and Ito 2008)
const LIGHT = { zero: [255, 255, 255], above: BLUE, below: ORANGE, ink: "#1b1f24", soft: "#5a6472", line: "#c4cad1", ground: "#ffffff" };
const DARK = { zero: [22, 26, 31], above: [76, 168, 232], below: [240, 132, 52], ink: "#e8ebef", soft: "#a9b2bd", line: "#48515c", ground: "#161a1f" };

const schemes = new WeakMap(); // of each widget on the page, asked for once: the question is dear, sixty times a second
function isDark(root) {
  if (schemes.has(root)) return schemes.get(root);
  const dark = getComputedStyle(root).getPropertyValue("--nn-scheme").trim() === "dark";
  if (root.isConnected) schemes.set(root, dark);
  return dark;
}
const paletteOf = (root) => (isDark(root) ? DARK : LIGHT);

function whenSchemeChanges(root, redraw) {
  // The system's scheme, or JupyterLab's own.
  const changed = () => {
    schemes.delete(root);
    redraw();
  };
  const query = matchMedia("(prefers-color-scheme: dark)"), observer = new MutationObserver(changed);
  query.addEventListener("change", changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  return () => {
    query.removeEventListener("change", changed);
    observer.disconnect();
  };
}

function tint(value, most = 1, palette = LIGHT) {
  const share = Math.max(-1, Math.min(1, value / most)), to = share > 0 ? palette.above : palette.below, much = Math.abs(share) * 0.85;
  return palette.zero.map((c, i) => Math.round(c + (to[i] - c) * much));
}

const GREY = 0xff787878;
function shadesOf(palette) {
  // 511 colours from -1 to 1, as a canvas keeps them.
  return (palette.shades ||= Uint32Array.from({ length: 511 }, (_, i) => tint((i - 255) / 255, 1, palette).reduceRight((bytes, c) => (bytes << 8) | c, 255)));
}

function fit(canvas, width, height = width) {
  // A canvas of so many CSS pixels, as fine as the device can show. True where its size changed, and it is blank.
  const ratio = Math.min(3, window.devicePixelRatio || 1), w = Math.max(1, Math.round(width * ratio)), h = Math.max(1, Math.round(height * ratio));
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return true;
}

const HATCH = 6; // values from one line of a hatching to the next

function paintMap(canvas, values, size, { most = 1, steps = false, palette = LIGHT } = {}) {
  // A map of size by size values; a canvas smaller than that gets every so many of them. What is below zero is hatched,
  // as its wires are dashed: in grey both colours are the same.
  const shades = shadesOf(palette), side = Math.min(size, canvas.width), skip = size / side;
  const kept = (paintMap.kept ||= new Map()), image = kept.get(side) || kept.set(side, new ImageData(side, side)).get(side), pixels = new Uint32Array(image.data.buffer);
  for (let row = 0, i = 0; row < side; row++) {
    const start = Math.floor((row + 0.5) * skip) * size;
    for (let column = 0; column < side; column++, i++) {
      const value = values[start + Math.floor((column + 0.5) * skip)];
      const share = steps ? (value > 0 ? 1 : -1) : Math.max(-1, Math.min(1, value / most));
      const hatched = share < 0 && (row + column) % HATCH === 0;
      pixels[i] = Number.isFinite(value) ? shades[255 + Math.round((hatched ? 150 : 255) * share)] : GREY;
    }
  }
  const context = canvas.getContext("2d");
  if (canvas.width === side && canvas.height === side) return context.putImageData(image, 0, 0);
  const small = (paintMap.scratch ||= document.createElement("canvas"));
  small.width = small.height = side;
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = !steps;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function colourLegend(low = "", middle = "0", high = "") {
  // From the lowest colour to the highest, with what the ends mean and their values.
  const words = [el("span", {}, low), el("span", {}, middle), el("span", {}, high)];
  const made = el("div", { class: "nn-legend" }, el("div", { class: "nn-legend-bar", "aria-hidden": "true" }), el("div", { class: "nn-legend-words" }, words));
  made.set = (...now) => now.forEach((text, i) => write(words[i], text));
  return made;
}
