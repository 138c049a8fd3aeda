// A function of two variables as a landscape that one may turn.

const MESH = 32; // squares along each side

function relief(canvas, { values, size, reach, low, high, turn, tilt, palette, path, point, most, side }) {
  // `values`: size by size, top row first; turn and tilt in radians. Squares are drawn from the back to the front.
  const context = canvas.getContext("2d"), ratio = canvas.width / side, tall = Math.max(1e-12, high - low), clip = (v) => Math.max(low, Math.min(high, v));
  const scale = canvas.width * 0.27, [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const at = (x, y, v) => {
    const [u, w] = [(cosine * x - sine * y) / reach, (sine * x + cosine * y) / reach], height = (clip(v) - (low + high) / 2) / tall;
    return [canvas.width / 2 + scale * 1.18 * u, canvas.height / 2 - scale * (w * Math.sin(tilt) * 1.18 + height * 1.35 * Math.cos(tilt)), w];
  };
  const sample = (r, c) => values[Math.round((r * (size - 1)) / MESH) * size + Math.round((c * (size - 1)) / MESH)];
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const squares = [], along = (c) => -reach + (2 * reach * c) / MESH;
  for (let r = 0; r < MESH; r++) {
    for (let c = 0; c < MESH; c++) {
      const corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]], heights = corners.map(([i, k]) => sample(i, k));
      if (!heights.every(Number.isFinite)) continue;
      const points = corners.map(([i, k], n) => at(along(k), -along(i), heights[n]));
      squares.push({ points, depth: points.reduce((sum, p) => sum + p[2], 0), value: heights.reduce((a, b) => a + b, 0) / 4 });
    }
  }
  squares.sort((a, b) => b.depth - a.depth);
  context.lineWidth = 0.6 * ratio;
  for (const { points, value } of squares) {
    context.beginPath();
    points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x, y));
    context.closePath();
    context.fillStyle = `rgb(${tint(value, most, palette)})`;
    context.fill();
    context.strokeStyle = palette.soft;
    context.globalAlpha = 0.45;
    context.stroke();
    context.globalAlpha = 1;
    if (value >= 0) continue;
    context.beginPath(); // below zero, as in every map: hatched
    for (const [i, name] of [[1, "moveTo"], [3, "lineTo"]]) context[name](points[i][0], points[i][1]);
    context.strokeStyle = `rgb(${tint(0.4 * value, most, palette)})`;
    context.lineWidth = 1.4 * ratio;
    context.stroke();
    context.lineWidth = 0.6 * ratio;
  }
  // The frame's corners carry the axes' ends.
  context.fillStyle = palette.ink;
  context.font = `${12 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  for (const [x, y, words] of [[1.14, 0, `x = ${number(reach)}`], [-1.14, 0, `x = ${number(-reach)}`], [0, 1.14, `y = ${number(reach)}`], [0, -1.14, `y = ${number(-reach)}`]]) {
    const [left, top] = at(x * reach, y * reach, low);
    context.fillText(words, Math.max(30 * ratio, Math.min(canvas.width - 30 * ratio, left)), Math.min(canvas.height - 5 * ratio, top));
  }
  const inside = path.filter(([x, y]) => Math.abs(x) <= reach && Math.abs(y) <= reach);
  for (const [ink, wide] of [[palette.ground, 4.5], [palette.ink, 2]]) {
    context.beginPath();
    inside.forEach(([x, y, v], i) => context[i ? "lineTo" : "moveTo"](...at(x, y, v)));
    context.strokeStyle = ink;
    context.lineWidth = wide * ratio;
    context.stroke();
  }
  const [left, top] = at(...point);
  context.beginPath();
  context.arc(left, top, 6 * ratio, 0, 7);
  context.fillStyle = palette.ground;
  context.fill();
  context.strokeStyle = palette.ink;
  context.stroke();
}
