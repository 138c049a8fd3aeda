// Elements and words that all widgets share.

const SVG_TAGS = ["svg", "g", "path", "circle", "rect", "line", "text", "title", "polyline", "polygon"];

function el(tag, attributes = {}, ...children) {
  const svg = SVG_TAGS.includes(tag), made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && !svg && typeof value !== "string") made[name] = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function assign(node, attributes) {
  // Attributes of an element that stays; only those that differ are touched.
  for (const [name, value] of Object.entries(attributes)) if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)) return value.toExponential(digits - 1).replaceAll("-", "−");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

const percent = (share) => `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

function typed(text) {
  // A number as people type it, with a minus of either kind; NaN for anything else.
  return text.trim() === "" ? NaN : Number(text.trim().replace("−", "-"));
}

function problemBox() {
  // What went wrong, in words, where it can be seen.
  const box = el("div", { class: "nn-problem", role: "alert", hidden: true });
  box.say = (words) => {
    write(box, words || "");
    box.hidden = !words;
    if (words) box.scrollIntoView?.({ block: "nearest" });
  };
  return box;
}

const nextFrame = () => new Promise((resolve) => {
  // A hidden page draws no frames; training there goes on, slowly.
  let done = false;
  const once = () => !done && ((done = true), resolve());
  requestAnimationFrame(once);
  setTimeout(once, 200);
});

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function opened(details) {
  // What somebody opens is brought into sight.
  details.addEventListener("toggle", () => details.open && details.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" }));
  return details;
}

async function copied(text, place) {
  // Onto the clipboard, or, where that is not allowed, selected in a field to copy by hand.
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    const area = el("textarea", { class: "nn-by-hand", readonly: true, rows: "3", "aria-label": "to copy by hand" }, text);
    place.querySelector(".nn-by-hand")?.remove();
    place.append(area);
    area.focus();
    area.select();
    return "selected below: copy it by hand";
  }
}
