// The plane: what the network makes of every point of it, the data on top, and a pointer that draws points.

function outputPlane(root, { drawn }) {
  // `drawn(points)` is told each stroke that somebody draws, as [x, y, class].
  const canvas = el("canvas", { role: "img", class: "nn-map" }), over = el("span", { class: "nn-map-name" });
  const legend = colourLegend(), frame = el("div", { class: "nn-plane" }, canvas, over);
  const made = el("div", { class: "nn-output" }, frame, legend);
  let shown = null, stroke = null, brush = null, side = 320;

  const resized = new ResizeObserver(() => {
    const room = frame.clientWidth;
    if (!room || Math.abs(room - side) < 1) return;
    side = room;
    if (shown) made.set(shown);
  });
  resized.observe(frame);
  made.stop = () => resized.disconnect();

  made.set = (now) => {
    // { map, most, steps, train, test, signed(label), name, low, middle, high, said, marked, ringed }
    shown = now;
    fit(canvas, side);
    const palette = paletteOf(root);
    paintMap(canvas, now.map, GRID, { most: now.most ?? 1, steps: now.steps, palette });
    drawPoints(palette);
    write(over, now.name || "");
    over.hidden = !now.name;
    legend.set(now.low, now.middle, now.high);
    if (now.said) assign(canvas, { "aria-label": now.said });
  };
  made.brush = (now) => {
    // null: nothing is drawn; else the class of the points to come.
    brush = now;
    canvas.style.touchAction = brush === null ? "auto" : "none";
    canvas.style.cursor = brush === null ? "" : "crosshair";
  };

  function drawPoints(palette) {
    const context = canvas.getContext("2d"), scale = canvas.width / (2 * REACH), ratio = canvas.width / side, size = Math.max(2.1, side / 150) * ratio;
    const at = ([x, y]) => [(x + REACH) * scale, (REACH - y) * scale];
    const dot = (point, share, radius, solid) => {
      // A colour within a light ring within a dark one stands out on every ground.
      const [left, top] = at(point), round = share > 0, inks = solid ? ["#1b1f24", "#ffffff", `rgb(${tint(share * 1.2)})`] : ["#ffffff", "#1b1f24", `rgb(${tint(share * 1.2, 1, DARK)})`];
      inks.forEach((ink, i) => {
        const r = radius + (1.9 - 0.95 * i) * ratio;
        context.beginPath();
        if (round) context.arc(left, top, r, 0, 7);
        else context.rect(left - 0.89 * r, top - 0.89 * r, 1.78 * r, 1.78 * r);
        context.fillStyle = ink;
        context.fill();
      });
    };
    const marked = shown.marked && new Set(shown.marked.map(String));
    for (const [part, solid] of [[shown.train, true], ...(shown.test ? [[shown.test, false]] : [])]) {
      context.globalAlpha = marked ? 0.3 : 1;
      part.points.slice(0, 2000).forEach((point, i) => dot(point, shown.signed(part.labels[i]), size, solid));
    }
    context.globalAlpha = 1;
    if (marked) shown.train.points.forEach((point, i) => marked.has(String(point)) && dot(point, shown.signed(shown.train.labels[i]), 1.25 * size, true));
    if (shown.ringed) {
      const [left, top] = at(shown.ringed);
      for (const [colour, wide, radius] of [["#ffffff", 5, 3.2], ["#1b1f24", 2.4, 3.2]]) {
        context.beginPath();
        context.arc(left, top, radius * size, 0, 7);
        context.strokeStyle = colour;
        context.lineWidth = wide * ratio;
        context.stroke();
      }
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(left + 3.2 * size * dx, top + 3.2 * size * dy);
        context.lineTo(left + 5 * size * dx, top + 5 * size * dy);
      }
      context.stroke();
    }
  }

  const spot = (event) => {
    const place = canvas.getBoundingClientRect(), round = (v) => Number(Math.max(-REACH, Math.min(REACH, v)).toFixed(2));
    return [round(-REACH + (2 * REACH * (event.clientX - place.left)) / place.width), round(REACH - (2 * REACH * (event.clientY - place.top)) / place.height), brush];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (brush === null) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = [spot(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const next = spot(event), [u, v] = stroke[stroke.length - 1];
    if (Math.hypot(next[0] - u, next[1] - v) > 0.35) stroke.push(next);
  });
  canvas.addEventListener("pointercancel", () => (stroke = null));
  canvas.addEventListener("pointerup", () => {
    if (stroke) drawn(stroke);
    stroke = null;
  });
  return made;
}
