// A circuit as a drawing that stays: made once for a formula, then only written into. Values stand above their wire with
// its name, gradients below; upstream, local and product stand on the wires of the gate that is at work. Where the circuit
// is wider than the screen it stands upright: wires run down, and what stands on them stands in their middle.

const SMALLEST = 0.82; // of its natural size: smaller, nobody can read it
const LANE = 74; // pixels from wire to wire of a circuit that stands upright

function circuitDrawing({ pressed }) {
  // pressed(i): the node i, or its wire, was pressed.
  const svg = el("svg", { role: "group", "aria-label": "the circuit; arrow keys walk along it" }), made = el("div", { class: "nn-circuit", tabindex: "-1" }, svg);
  let tape = null, nodes = [], wires = [], layout = null, key = "", size = null, boxes = null, children = [], upright = false;
  const natural = { width: 0, height: 0 };
  const half = (node) => (node.kind === "gate" ? Math.max(21, 4.6 * node.symbol.length + 11) : 21);
  const reach = (node) => (upright ? (node.kind === "gate" ? 20 : 12) : half(node)); // from a node's middle to where its wire begins
  const at = (column, row) => (upright ? { x: size.side + row * size.high, y: 30 + column * size.wide } : { x: 58 + column * size.wide, y: 46 + row * size.high });
  const placeOf = (i) => at(layout.column[i], layout.row[i]);
  const roomOf = () => made.clientWidth - 4 || 900;

  function measure() {
    // The room for each gate, and whether the circuit has to stand upright to be read.
    const columns = layout.columns - 1, rows = layout.height - 1, room = roomOf();
    size = layout.columns <= 5 ? { wide: 240, high: 92, straight: 92 } : { wide: 184, high: 88, straight: 84 };
    natural.width = 96 + columns * size.wide + size.straight + 40;
    natural.height = 96 + rows * size.high + (tape.nodes.some((node) => node.parents.length === 1) ? 26 : 0);
    upright = room < SMALLEST * natural.width && 80 + rows * LANE < natural.width;
    if (!upright) return;
    const side = Math.max(34, ...tape.nodes.map(half)), lane = Math.max(LANE, Math.min(150, (room - 2 * side) / Math.max(1, rows)));
    size = { wide: 142, high: lane, straight: 60, side: Math.max(side, (room - rows * lane) / 2) };
    [natural.width, natural.height] = [2 * size.side + rows * lane, 30 + columns * size.wide + size.straight + 8];
  }
  function scale() {
    // As large as the room, within what can be read and what is not clumsy.
    const by = Math.max(SMALLEST, Math.min(1.45, roomOf() / natural.width));
    assign(svg, { width: Math.round(natural.width * by), height: Math.round(natural.height * by) });
  }
  const observer = new ResizeObserver(() => {
    if (!tape) return;
    made.build(tape);
    scale();
  });
  observer.observe(made);
  made.stop = () => observer.disconnect();

  made.build = (built) => {
    tape = built;
    layout = new Places(tape.nodes.map((node) => node.parents));
    measure();
    const { width, height } = natural, now = JSON.stringify([upright && width, tape.nodes.map(({ name, symbol, kind, parents }) => [name, symbol, kind, parents])]);
    if (now === key) return;
    key = now;
    made.classList.toggle("nn-upright", upright);
    assign(svg, { viewBox: `0 0 ${width} ${height}` });
    scale();
    [nodes, wires] = [[], []];
    children = tape.nodes.map((_, i) => tape.nodes.flatMap((other, k) => (other.parents.includes(i) ? [k] : [])));
    const under = el("g", {}), over = el("g", {}), words = el("g", { "aria-hidden": "true", class: "nn-c-words" });
    tape.nodes.forEach((node, i) => node.parents.forEach((parent, k) => {
      const path = curve(tape, parent, i, k);
      const line = el("path", { d: path.d, class: "nn-c-wire" });
      wires.push({ parent, gate: i, k, line, spot: path.spot });
      under.append(line);
    }));
    const out = placeOf(tape.nodes.length - 1);
    const start = reach(tape.nodes[tape.nodes.length - 1]);
    under.append(el("path", { d: upright ? `M${out.x},${out.y + start} v${size.straight - start}` : `M${out.x + start},${out.y} h${size.straight}`, class: "nn-c-wire nn-c-out" }));
    tape.nodes.forEach((node, i) => {
      const { x, y } = placeOf(i), gate = node.kind === "gate", wide = half(node), middle = upright ? x : x + wide + (size.straight - wide + 21) / 2;
      const value = el("text", { x: middle, y: upright ? y + 36 : y - 8, "text-anchor": "middle", class: "nn-value" }), gradient = el("text", { x: middle, y: upright ? y + 53 : y + 19, "text-anchor": "middle", class: "nn-gradient" });
      const group = el("g", { class: "nn-c-node", role: "button", tabindex: "-1", "data-node": i, onclick: () => pressed(i), onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), pressed(i)) },
        el("rect", { class: "nn-c-hit", ...(upright ? { x: x - Math.max(wide, 28), y: y - 24, width: 2 * Math.max(wide, 28), height: size.straight + 24 } : { x: x - wide - 3, y: y - 26, width: wide + size.straight - 4, height: 52 }) }),
        gate ? el("rect", { class: "nn-c-gate", x: x - wide, y: y - 20, width: 2 * wide, height: 40, rx: 20 }) : null);
      const symbol = el("text", { x, y: y + 5, "text-anchor": "middle", class: `nn-c-symbol ${gate ? "" : "nn-c-name"} ${node.symbol.length > 5 ? "nn-long" : ""}` }, gate ? symbolOf(node) : node.kind === "constant" ? number(node.value) : node.name);
      words.append(symbol, value, gradient);
      nodes.push({ group, value, gradient, middle });
      over.append(group);
    });
    nodes[0]?.group.setAttribute("tabindex", "0");
    boxes = el("g", { "aria-hidden": "true" });
    svg.replaceChildren(under, over, words, boxes);
  };
  function curve(tape, parent, i, k) {
    // From a node's straight piece to the gate that uses it, through the places kept for it in the columns between.
    const points = layout.route(parent, i).map(([c, r]) => at(c, r)), end = points[points.length - 1];
    if (upright) return down(tape, parent, i, k, points);
    end.y += (k - (tape.nodes[i].parents.length - 1) / 2) * 14;
    let d = `M${points[0].x + half(tape.nodes[parent])},${points[0].y} H${points[0].x + size.straight}`, spot = null;
    for (let p = 1; p < points.length; p++) {
      const a = points[p - 1], b = points[p], last = p === points.length - 1, to = b.x - (last ? half(tape.nodes[i]) : 0), from = a.x + size.straight, bend = Math.max(20, (to - from) * 0.5);
      d += ` C${from + bend},${a.y} ${to - bend},${b.y} ${to},${b.y}`;
      if (!last) d += ` H${b.x + size.straight}`;
      // A box stands on its wire; beneath it where the wire runs straight to its gate.
      spot = tape.nodes[i].parents.length === 1 ? { x: to - 34, y: b.y + 50 } : { x: (from + to) / 2 - 4, y: (a.y + b.y) / 2 + (b.y - a.y) * -0.16 };
    }
    return { d, spot };
  }
  function down(tape, parent, i, k, points) {
    const end = points[points.length - 1], start = reach(tape.nodes[parent]), [first] = points;
    end.x += (k - (tape.nodes[i].parents.length - 1) / 2) * 14;
    let d = `M${first.x},${first.y + start} V${first.y + size.straight}`, spot = null;
    for (let p = 1; p < points.length; p++) {
      const a = points[p - 1], b = points[p], last = p === points.length - 1, from = a.y + size.straight, to = b.y - (last ? 20 : 0), bend = (to - from) * 0.5;
      d += ` C${a.x},${from + bend} ${b.x},${to - bend} ${b.x},${to}`;
      if (!last) d += ` V${b.y + size.straight}`;
      spot = { x: (a.x + b.x) / 2, y: (from + to) / 2 };
    }
    return { d, spot };
  }
  roving(svg, "[data-node]", (node, key) => {
    const turned = { ArrowDown: "ArrowRight", ArrowUp: "ArrowLeft", ArrowRight: "ArrowDown", ArrowLeft: "ArrowUp" }, arrow = upright ? turned[key] : key;
    const i = Number(node.dataset.node), to = { ArrowRight: children[i][0], ArrowLeft: wires.find((w) => w.gate === i)?.parent }[arrow];
    if (arrow === "ArrowRight" || arrow === "ArrowLeft") return nodes[to]?.group;
    const column = nodes.map((_, k) => k).filter((k) => layout.column[k] === layout.column[i]).sort((a, b) => layout.row[a] - layout.row[b]), next = column.indexOf(i) + (arrow === "ArrowDown" ? 1 : -1);
    return nodes[column[(next + column.length) % column.length]]?.group;
  });

  made.show = ({ values, gradients, says, active, way, went, known, wrong, chosen, notes, started }) => {
    // values, gradients: words a node; notes: { parent, gate, lines, way } boxes on wires, or { node, lines, way } under a gate.
    nodes.forEach(({ group, value, gradient, middle }, i) => {
      write(value, values[i]);
      write(gradient, gradients[i] + (wrong.has(i) ? " ✗" : ""));
      // In the middle of its wire, and what is long after its gate.
      if (upright) for (const words of [value, gradient]) assign(words, { x: within(middle, words.getComputedTextLength()) });
      else for (const words of [value, gradient]) assign(words, { x: words.textContent.length < 7 ? middle : Math.max(middle, placeOf(i).x + half(tape.nodes[i]) + 5 + words.getComputedTextLength() / 2) });
      group.setAttribute("aria-label", says[i]);
      group.setAttribute("class", `nn-c-node${active === i ? ` nn-now ${way === "backward" ? "nn-back" : ""}` : ""}${wrong.has(i) ? " nn-wrong" : ""}${chosen === i ? " nn-chosen" : ""}`);
    });
    for (const { gate, line, parent } of wires) assign(line, { class: `nn-c-wire${active === gate && way ? ` nn-now${way === "backward" ? " nn-back" : ""}` : went.has(gate) ? " nn-went" : known.has(parent) && known.has(gate) ? " nn-known" : ""}` });
    assign(svg.querySelector(".nn-c-out"), { class: `nn-c-wire nn-c-out${started ? " nn-went" : ""}` });
    boxes.replaceChildren(...notes.map(({ lines, way }) => el("g", { class: `nn-c-box nn-${way}` }, el("rect", { rx: 5 }), lines.map((line, n) => el("text", { "text-anchor": "middle", class: n === lines.length - 1 && way === "backward" ? "nn-c-product" : "" }, line)))));
    if (upright) placeAll(notes);
    else notes.forEach((note, i) => place(boxes.children[i], note));
    if (active !== null) follow(active);
  };
  const within = (x, wide) => Math.max(wide / 2 + 3, Math.min(natural.width - wide / 2 - 3, x));
  function placeAll(notes) {
    // Upright: between what stands on the wires and the gate they lead to, side by side.
    const placed = notes.map(({ parent, gate, k, node }, i) => {
      const [rect, ...words] = boxes.children[i].children, wide = Math.max(...words.map((line) => line.getComputedTextLength())) + 12, tall = 17 * words.length + 7;
      const spot = node === undefined ? wires.find((w) => w.parent === parent && w.gate === gate && w.k === k).spot : { x: placeOf(node).x, y: placeOf(node).y - 51 };
      return { rect, words, wide, tall, x: within(spot.x, wide), y: spot.y };
    }).sort((a, b) => a.x - b.x);
    const [a, b] = placed, close = b ? (a.wide + b.wide) / 2 + 4 - (b.x - a.x) : 0;
    if (close > 0) [a.x, b.x] = [within(a.x - close / 2, a.wide), within(b.x + close / 2, b.wide)];
    if (close > 0) a.x = Math.min(a.x, within(b.x - (a.wide + b.wide) / 2 - 4, a.wide));
    if (close > 0) b.x = Math.max(b.x, within(a.x + (a.wide + b.wide) / 2 + 4, b.wide));
    for (const { rect, words, wide, tall, x, y } of placed) {
      assign(rect, { x: x - wide / 2, y: y - tall / 2, width: wide, height: tall });
      words.forEach((line, n) => assign(line, { x, y: y - tall / 2 + 16 + 17 * n }));
    }
  }
  function place(box, { parent, gate, k, node }) {
    // On its wire, beside what stands there, which makes room, and before its gate; or under a gate.
    const [rect, ...words] = box.children, { width, height } = svg.viewBox.baseVal;
    const spot = node === undefined ? wires.find((w) => w.parent === parent && w.gate === gate && w.k === k).spot : { x: placeOf(node).x, y: placeOf(node).y + 42 };
    const wide = Math.max(...words.map((line) => line.getComputedTextLength())) + 12, tall = 17 * words.length + 7;
    const ends = node !== undefined || layout.column[parent] + 1 !== layout.column[gate] ? 0 : Math.max(...[nodes[parent].value, nodes[parent].gradient].map((one) => aside(one, parent)));
    const before = node === undefined ? placeOf(gate).x - half(tape.nodes[gate]) - wide - 2 : width;
    const left = Math.max(2, Math.min(width - wide - 2, Math.max(spot.x - wide / 2, Math.min(ends, before)))), top = Math.max(2, Math.min(height - tall - 2, spot.y - tall / 2));
    assign(rect, { x: left, y: top, width: wide, height: tall });
    words.forEach((line, n) => assign(line, { x: left + wide / 2, y: top + 16 + 17 * n }));
  }
  function aside(words, i) {
    // Moves what stands on a wire back to its gate, and says where it ends.
    const long = words.textContent ? words.getComputedTextLength() : 0, start = placeOf(i).x + half(tape.nodes[i]) + 5;
    if (long) assign(words, { x: start + long / 2 });
    return long ? start + long + 4 : 0;
  }
  function follow(i) {
    // On a small screen the gate at work is kept in sight.
    const { x, y } = placeOf(i), scale = svg.clientWidth ? svg.clientWidth / natural.width : 1;
    const left = x * scale - made.clientWidth / 2, top = y * scale - made.clientHeight / 2;
    if (made.scrollWidth > made.clientWidth + 2 || made.scrollHeight > made.clientHeight + 2) made.scrollTo({ left, top, behavior: calm() ? "auto" : "smooth" });
  }
  made.isUpright = () => upright;
  return made;
}

const symbolOf = ({ symbol }) => (symbol === "*" ? "×" : symbol);
