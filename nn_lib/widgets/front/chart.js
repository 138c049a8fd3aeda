// Curves over a number of steps; the chart's parts are made once and moved from then on.

function lineChart(label, { log = false } = {}) {
  const svg = el("svg", { class: "nn-chart", role: "img", "aria-label": label, preserveAspectRatio: "none" }), parts = {};
  const part = (key, tag, attributes = {}) => {
    if (!parts[key]) svg.append((parts[key] = el(tag, attributes)));
    return parts[key];
  };
  const made = el("div", { class: "nn-chart-box" }, svg);
  made.svg = svg;
  made.set = (curves, { low = null, high = null, xs = null, along = "", said = label } = {}) => {
    // curves: [{ name, values, look }]; a point per entry, at `xs` where given; `along` names that axis.
    const width = Math.max(160, made.clientWidth || 260), height = Math.max(70, made.clientHeight || 120);
    assign(svg, { viewBox: `0 0 ${width} ${height}`, width, height, "aria-label": said });
    const all = curves.flatMap(({ values }) => values).filter((v) => Number.isFinite(v) && (!log || v > 0));
    const scale = (v) => (log ? Math.log10(Math.max(v, 1e-12)) : v);
    const least = log ? Math.floor(Math.min(...all.map(scale)) + 1e-9) : (low ?? Math.min(...all)), most = Math.max(log ? Math.ceil(Math.max(...all.map(scale)) - 1e-9) : (high ?? Math.max(...all)), least + 1e-12);
    const left = 48, base = height - 32, right = width - 6;
    const y = (v) => base - ((scale(v) - least) / (most - least)) * (base - 10);
    const from = xs ? xs[0] : 0, to = xs ? xs[xs.length - 1] : Math.max(...curves.map(({ values }) => values.length)) - 1;
    const x = (i) => left + (to > from ? (((xs ? xs[i] : i) - from) / (to - from)) * (right - left) : 0);
    assign(part("axis", "path", { class: "nn-axis" }), { d: `M${left},8V${base}H${right}` });
    if (!all.length) return;
    const ticks = log ? [least, most] : [least, (least + most) / 2, most];
    ticks.forEach((value, i) => {
      const at = base - ((value - least) / (most - least)) * (base - 10);
      const text = part(`tick${i}`, "text", { "text-anchor": "end" });
      assign(text, { x: left - 5, y: at + 4 });
      write(text, log ? `10${String(value).replace(/[-\d]/g, (d) => (d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]))}` : number(value, 2));
      assign(part(`grid${i}`, "path", { class: "nn-grid" }), { d: `M${left - 3},${at}H${right}` });
    });
    for (const [key, value, anchor, at] of [["from", from, "start", left], ["to", to, "end", right]]) {
      const text = part(key, "text", { "text-anchor": anchor });
      assign(text, { x: at, y: base + 13 });
      write(text, key === "to" && along ? `${along} ${value}` : String(value));
    }
    curves.forEach(({ name, values, look }, n) => {
      const points = values.map((v, i) => (Number.isFinite(v) && (!log || v > 0) ? `${x(i).toFixed(1)},${y(v).toFixed(1)}` : "")).filter(Boolean).join(" ");
      assign(part(`curve${n}`, "polyline", { class: `nn-curve nn-curve-${look}` }), { points });
      const text = part(`name${n}`, "text", { class: `nn-ink-${look}` });
      assign(text, { x: left + ((right - left) / curves.length) * n, y: height - 4 });
      write(text, `${look === "test" ? "┄" : "—"} ${name}`);
    });
  };
  made.setLog = (now) => (log = now);
  return made;
}
