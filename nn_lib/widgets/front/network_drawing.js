// The network as a drawing: units with what each makes of the plane, wires as thick as their weights. It is made once
// for an architecture and then only repainted. Arrow keys walk along it: from a unit to its wires, and on to the next unit.

const CLOSEST = 30; // pixels from unit to unit below which the drawing shows fewer of them
const MOST_WIRES = 400; // and wires above which it does: more take longer to draw than the eye forgives

function networkDrawing(root, { touched, pointedAt, resize }) {
  // touched(part): a unit or wire was pressed; pointedAt(part or null); resize(layer, by): one unit more or less;
  // resize(layer, "insert"): a new layer before this one.
  const made = el("div", { class: "nn-network", role: "group", "aria-label": "the network; arrow keys walk along it, Enter opens what is reached" });
  const svg = el("svg", { "aria-hidden": "true" }), heads = el("div", { class: "nn-heads" }), chips = el("div", { class: "nn-chips", "aria-hidden": "true" });
  let config = null, resized = true, key = "", units = [], wires = new Map(), geometry = null, chosen = null, last = null;

  const sizes = () => [config.features.length, ...config.hidden, 1];
  const isOutput = (layer) => layer === config.hidden.length + 1;
  const wireKey = (layer, row, column) => `${layer}:${row}:${column}`;
  made.unitName = (layer, u) => (layer === 0 ? `input ${config.features[u]}` : isOutput(layer) ? "the output" : `unit ${u + 1} of layer ${layer}`);
  made.wireName = (layer, row, column) => `from ${made.unitName(layer, column).replace("input ", "")} to ${made.unitName(layer + 1, row)}`;

  function measure() {
    // Where everything stands: as large as the room allows, and of a tall layer only as many units as can be read.
    const width = Math.max(260, made.clientWidth || 600), all = sizes(), count = all.length;
    const left = width < 480 ? 30 : 58, right = width < 480 ? 12 : 36, distance = (box) => (width - left - right - box) / Math.max(1, count - 1);
    // Where layers stand close, the buttons above them stand below each other.
    const fitting = Math.max(18, Math.min(width > 900 ? 76 : 60, (width / count) * 0.46)), stacked = distance(fitting) < 92;
    const top = stacked ? 84 : 40, tallest = Math.max(...all), room = Math.max(170, made.clientHeight || 300) - top - 6;
    const shownOf = (rows) => all.map((n) => Math.min(n, rows < n ? rows - 1 : n));
    const wiresOf = (shown) => shown.slice(1).reduce((sum, n, layer) => sum + n * shown[layer], 0);
    let rows = Math.min(tallest, Math.max(3, Math.floor(room / CLOSEST)));
    while (rows > 3 && wiresOf(shownOf(rows)) > MOST_WIRES) rows--;
    const gap = Math.min(118, room / rows), box = Math.round(Math.max(18, Math.min(width > 900 ? 76 : 60, gap - 8, (width / count) * 0.46)));
    const step = distance(box);
    const shown = shownOf(rows);
    const place = (layer, u) => {
      const used = shown[layer] + (shown[layer] < all[layer] ? 1 : 0);
      return { x: left + layer * step, y: top + (room - used * gap) / 2 + u * gap + (gap - box) / 2 };
    };
    return { width, height: room + top + 6, box, gap, step, stacked, shown, place, most: Math.max(...shown.slice(1)) };
  }
  made.most = () => (geometry ? geometry.most : 64);

  made.build = (next) => {
    // Only what is new is made: where the architecture stays, nothing is touched.
    if (next === config && !resized) return;
    config = next;
    resized = false;
    const measured = measure(), now = JSON.stringify([sizes(), config.features, measured.width, measured.height]);
    if (now === key) return;
    const active = made.contains(document.activeElement) ? document.activeElement : null;
    const again = active && (active.dataset.part ? `[data-part="${active.dataset.part}"]` : `[aria-label="${active.getAttribute("aria-label")}"]`);
    key = now;
    geometry = measured;
    const { width, height, box, gap, place, shown } = geometry, all = sizes();
    assign(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    svg.replaceChildren();
    wires = new Map();
    units = [];
    const fresh = [];
    for (let layer = 0; layer + 1 < all.length; layer++) {
      for (let row = 0; row < shown[layer + 1]; row++) {
        for (let column = 0; column < shown[layer]; column++) {
          const a = place(layer, column), b = place(layer + 1, row), bend = geometry.step * 0.42;
          const [x0, y0, x1, y1] = [a.x + box, a.y + box / 2, b.x, b.y + box / 2];
          const d = `M${x0.toFixed(1)},${y0.toFixed(1)} C${(x0 + bend).toFixed(1)},${y0.toFixed(1)} ${(x1 - bend).toFixed(1)},${y1.toFixed(1)} ${x1.toFixed(1)},${y1.toFixed(1)}`;
          const line = el("path", { d, class: "nn-wire" }), hold = el("path", { d, class: "nn-hold" }); // thin lines are hard to hit
          const part = { kind: "wire", layer, row, column }, group = el("g", { class: "nn-edge", tabindex: "-1", role: "button", "data-part": `wire ${wireKey(layer, row, column)}` }, hold, line);
          wires.set(wireKey(layer, row, column), { part, group, line, ends: [x0, y0, x1, y1, bend] });
          svg.append(group);
        }
      }
    }
    all.forEach((count, layer) => {
      units.push([]);
      for (let u = 0; u < shown[layer]; u++) {
        const { x, y } = place(layer, u), canvas = el("canvas", { "aria-hidden": "true" });
        const button = el("button", { type: "button", class: "nn-unit", tabindex: "-1", style: `left:${x}px;top:${y}px;width:${box}px;height:${box}px`, "data-part": `unit ${layer}:${u}`, "data-unit": `${layer}:${u}` }, canvas, layer === 0 ? el("span", { class: "nn-feature" }, config.features[u]) : null);
        fit(canvas, box - 4);
        const part = { kind: "unit", layer, unit: u };
        units[layer].push({ part, button, canvas });
        fresh.push(button);
      }
      if (shown[layer] < count) {
        const { x, y } = place(layer, shown[layer]), rest = count - shown[layer];
        fresh.push(el("span", { class: "nn-rest", style: `left:${x - 20}px;top:${y}px;width:${box + 40}px` }, geometry.stacked ? `+${rest}` : `⋮ ${rest} more`));
      }
    });
    drawHeads();
    made.replaceChildren(svg, heads, ...fresh, chips);
    units[0][0]?.button.setAttribute("tabindex", "0");
    if (again) made.querySelector(again)?.focus({ preventScroll: true });
  };

  function drawHeads() {
    // Above each layer its size, and the buttons that change it.
    const all = sizes(), { place, box, step, stacked } = geometry, narrow = step < 104;
    const wanted = all.map((count, layer) => (layer === 0 ? (stacked ? "in" : "inputs") : isOutput(layer) ? (stacked ? "out" : "output") : `${count} ${narrow ? "" : count === 1 ? "unit" : "units"}`));
    const button = (words, label, press, disabled = false) => el("button", { type: "button", class: "nn-tiny", "aria-label": label, title: label, onclick: press, disabled }, words);
    const made = all.map((count, layer) => {
      const inner = [el("span", {}, wanted[layer])];
      if (layer && !isOutput(layer)) inner.push(button("−", `fewer units in layer ${layer}`, () => resize(layer, -1)), button("+", `more units in layer ${layer}`, () => resize(layer, 1), count >= 64));
      return el("div", { class: "nn-head", style: `left:${place(layer, 0).x + box / 2}px` }, inner);
    });
    const middle = (layer) => (place(layer, 0).x + place(layer + 1, 0).x + box) / 2;
    const newest = all.length - 2, insert = button("⊕", "one more layer", () => resize(newest + 1, "insert"), config.hidden.length >= 12);
    if (stacked) made[newest + 1].append(insert);
    else made.push(el("div", { class: "nn-head nn-insert", style: `left:${middle(newest)}px` }, insert));
    heads.classList.toggle("nn-stacked", stacked);
    heads.replaceChildren(...made);
  }

  // Asked of the drawing and not of each wire: there are hundreds of them.
  const under = (target) => target?.closest?.("[data-part]");
  made.addEventListener("click", ({ target }) => under(target) && touched(partOf(under(target)), under(target)));
  made.addEventListener("keydown", (event) => {
    const node = event.target.closest("g[data-part]"); // a unit is a button, and knows these keys
    if (!node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    touched(partOf(node), node);
  });
  for (const name of ["pointerover", "focusin"]) made.addEventListener(name, ({ target, relatedTarget }) => under(target) && under(target) !== under(relatedTarget) && pointedAt(partOf(under(target))));
  for (const name of ["pointerout", "focusout"]) made.addEventListener(name, ({ target, relatedTarget }) => under(target) && under(target) !== under(relatedTarget) && pointedAt(null));
  const nodeOf = (part) => part && (part.kind === "unit" ? units[part.layer]?.[part.unit]?.button : wires.get(wireKey(part.layer, part.row, part.column))?.group);
  const partOf = (node) => {
    const [kind, at] = node.dataset.part.split(" "), [layer, row, column] = at.split(":").map(Number);
    return kind === "unit" ? { kind, layer, unit: row } : { kind, layer, row, column };
  };
  roving(made, "[data-part]", (node, arrow) => {
    const part = partOf(node), turn = (i, n, by) => (i + by + n) % n, { shown } = geometry;
    const by = arrow === "ArrowDown" ? 1 : arrow === "ArrowUp" ? -1 : 0;
    if (part.kind === "unit") {
      if (by) return nodeOf({ ...part, unit: turn(part.unit, shown[part.layer], by) });
      if (arrow === "ArrowRight") return isOutput(part.layer) ? null : nodeOf((last = { from: "left", kind: "wire", layer: part.layer, row: 0, column: part.unit }));
      return part.layer === 0 ? null : nodeOf((last = { from: "right", kind: "wire", layer: part.layer - 1, row: part.unit, column: 0 }));
    }
    if (by) return nodeOf(last?.from === "right" ? { ...part, column: turn(part.column, shown[part.layer], by) } : { ...part, row: turn(part.row, shown[part.layer + 1], by) });
    return nodeOf(arrow === "ArrowRight" ? { kind: "unit", layer: part.layer + 1, unit: part.row } : { kind: "unit", layer: part.layer, unit: part.column });
  });

  made.paint = ({ weights, biases, maps, deltas, train, steps, most }) => {
    // Weights as lines, and each unit's map, or the gradients it sends back.
    const palette = paletteOf(root), scheme = palette === DARK;
    for (const { part: { layer, row, column }, group, line } of wires.values()) {
      const w = weights[layer][row][column];
      if (line.shown === w) continue;
      line.shown = w;
      const thick = Math.min(8, 0.8 + 2 * Math.abs(w));
      assign(line, { class: w >= 0 ? "nn-wire nn-above" : "nn-wire nn-below", "stroke-width": thick.toFixed(1) });
      group.setAttribute("aria-label", `weight ${number(w)} ${made.wireName(layer, row, column)}`);
    }
    if (made.scheme !== scheme) made.features = null;
    made.scheme = scheme;
    const inputs = key;
    if (made.features !== inputs) units[0]?.forEach(({ canvas, button }, u) => {
      paintMap(canvas, featureMap(config.features[u]), GRID, { most: 5, palette });
      button.setAttribute("aria-label", made.unitName(0, u));
    });
    made.features = inputs;
    let at = 0;
    units.slice(1).forEach((layer, below) => {
      layer.forEach(({ canvas, button }, u) => {
        if (deltas && u < most) scatter(canvas, deltas[at + u], train, palette);
        else if (u < most && maps[at + u]) paintMap(canvas, maps[at + u], GRID, { most: 1, steps, palette });
        const says = `${made.unitName(below + 1, u)}: bias ${number(biases[below][u])}`;
        if (button.says !== says) button.setAttribute("aria-label", (button.says = says));
      });
      at += Math.min(most, sizes()[below + 1]);
    });
  };
  function scatter(canvas, deltas, train, palette) {
    const context = canvas.getContext("2d"), most = Math.max(1e-12, ...Array.from(deltas, Math.abs)), scale = canvas.width / (2 * REACH), size = Math.max(2, canvas.width / 18);
    context.fillStyle = palette.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    deltas.forEach((delta, i) => {
      const [x, y] = train.points[i];
      context.fillStyle = `rgb(${tint(delta, most, palette)})`;
      context.fillRect((x + REACH) * scale - size / 2, (REACH - y) * scale - size / 2, size, size);
    });
  }

  made.light = ({ units: litUnits = [], wires: litWires = [], way = "", notes = [], dim = false }) => {
    // What a step of the tour is about: lit units and wires, and numbers at their places.
    made.classList.toggle("nn-dim", dim);
    const on = new Set([...litUnits.map(([layer, u]) => nodeOf({ kind: "unit", layer, unit: u })), ...litWires.map(([layer, row, column]) => nodeOf({ kind: "wire", layer, row, column }))]);
    for (const node of made.querySelectorAll("[data-part]")) {
      node.classList.toggle("nn-lit", on.has(node));
      node.classList.toggle("nn-back", on.has(node) && way === "backward");
    }
    // notes: { unit: [layer, u], at: "above" | "below" } or { wire: [layer, row, column], along: share of the way }, words, way
    chips.replaceChildren(...notes.map(({ unit, at, wire, along = 0.5, words, way }) => {
      let x, y;
      if (unit) {
        const place = geometry.place(...unit);
        [x, y] = [place.x + geometry.box / 2, place.y + geometry.box * (at === "below" ? 0.76 : 0.26)]; // a unit's numbers stand in it
      } else {
        const ends = wires.get(wireKey(...wire))?.ends;
        if (!ends) return null;
        const [x0, y0, x1, y1, bend] = ends, t = along, s = 1 - t;
        x = s ** 3 * x0 + 3 * s * s * t * (x0 + bend) + 3 * s * t * t * (x1 - bend) + t ** 3 * x1;
        y = s ** 3 * y0 + 3 * s * s * t * y0 + 3 * s * t * t * y1 + t ** 3 * y1;
      }
      return el("span", { class: `nn-chip nn-${way}`, style: `left:${Math.max(24, Math.min(geometry.width - 24, x)).toFixed(1)}px;top:${y.toFixed(1)}px` }, words);
    }).filter(Boolean));
  };
  made.choose = (part) => {
    if (chosen) chosen.classList.remove("nn-chosen");
    chosen = nodeOf(part) || null;
    chosen?.classList.add("nn-chosen");
  };
  made.nodeOf = nodeOf;
  made.geometry = () => geometry;
  made.narrowest = () => geometry.step;

  const observer = new ResizeObserver(() => {
    resized = true;
    if (config) made.resized?.();
  });
  observer.observe(made);
  made.stop = () => observer.disconnect();
  return made;
}

function featureMap(name) {
  // A feature's value over the plane.
  const kept = (featureMap.kept ||= {}), along = (i) => -REACH + (2 * REACH * i) / (GRID - 1);
  return (kept[name] ||= Float32Array.from({ length: GRID * GRID }, (_, i) => FEATURES[name](along(i % GRID), -along(Math.floor(i / GRID)))));
}
