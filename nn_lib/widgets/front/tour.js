// One example of a mini-batch on its way through the network and back, a step at a time, in the drawing: the current
// wire is lit, and upstream, local and product stand where they happen.

function tourOf(batch, config, names) {
  // Everything a step shows: { light, marked, ringed, title, lines, table }. `names` are those of the drawing.
  const { layers } = batch, top = layers.length - 1, classes = !REGRESSIONS.includes(config.problem);
  // The example the network gets most wrong has the most to say.
  const last = layers[top].h.map((h) => h[0]), error = (e) => Math.abs((config.loss === "binary_cross_entropy" ? sigma(last[e]) : last[e]) - batch.targets[e]);
  const e = batch.inputs.reduce((worst, _, i) => (error(i) > error(worst) ? i : worst), 0);
  const below = (n) => (n ? layers[n - 1].h[e] : batch.inputs[e]), shareOf = (n, u) => layers[n].delta[e][u];
  const slope = (n, u) => ACTIVATIONS[layers[n].activation][1](layers[n].a[e][u], layers[n].h[e][u], layers[n].alpha?.[u]);
  const paths = (n, u) => layers[n + 1].W.map((row, o) => ({ to: o, weight: row[u], delta: shareOf(n + 1, o), product: row[u] * shareOf(n + 1, o) }));
  const up = layers.flatMap(({ b }, layer) => b.map((_, unit) => ({ way: "forward", layer, unit })));
  const back = [...layers.keys()].reverse().flatMap((layer) => layers[layer].b.flatMap((_, unit) => [{ way: "backward", layer, unit }, { way: "gradients", layer, unit }]));
  const steps = [{ way: "example" }, ...up, { way: "loss" }, ...back, { way: "update" }];
  const n3 = (v) => number(v, 3), bracket = (v) => (v < 0 ? `(${n3(v)})` : n3(v)), unit = (n, u) => names.unitName(n + 1, u);
  const source = (n, i) => names.unitName(n, i).replace("input ", "");
  const capital = (words) => words[0].toUpperCase() + words.slice(1);
  const sum = (terms) => (terms.length > 6 ? `${terms.slice(0, 5).join(" + ")} + … (${terms.length} terms)` : terms.join(" + "));

  function known(at) {
    // Numbers that stay once a step has found them: each unit's h above it, its delta below.
    const notes = [];
    for (const { way, layer, unit: u } of steps.slice(0, at + 1)) {
      if (way === "forward") notes.push({ unit: [layer + 1, u], at: "above", words: n3(layers[layer].h[e][u]), way: "value" });
      if (way === "backward") notes.push({ unit: [layer + 1, u], at: "below", words: `δ ${number(shareOf(layer, u), 2)}`, way: "gradient" });
    }
    return notes;
  }

  function show(at, view) {
    const { way, layer: n, unit: u } = steps[at], here = { marked: batch.points, ringed: batch.points[e], light: { dim: way !== "update", notes: known(at) } };
    const light = here.light;
    if (way === "example") return { ...here, title: "One example goes through.", lines: [`The ringed point has ${config.features.map((f, i) => `${f} = ${n3(batch.inputs[e][i])}`).join(", ")}; ${classes ? `its class is ${batch.targets[e] > 0 ? 1 : 0}` : `its value is ${n3(batch.targets[e])}`}. It is one of a mini-batch of ${batch.size} (the points that stand out). First its numbers go forward, then its gradients come back.`] };
    if (way === "forward") {
      const x = below(n), { W, b, a, h, activation } = layers[n];
      light.units = [[n + 1, u]];
      light.wires = x.map((_, i) => [n, u, i]);
      light.way = "forward";
      if (x.length <= 8) light.notes = [...light.notes, ...x.map((v, i) => ({ wire: [n, u, i], along: 0.3, words: n3(W[u][i] * v), way: "value" }))];
      return { ...here, title: `Forward: ${unit(n, u)}.`, lines: [
        `Each wire brings its weight times the number at its start; the bias is added.`,
        `a = ${sum(x.map((v, i) => `${bracket(W[u][i])}·${bracket(v)}`))} + ${bracket(b[u])} = ${number(a[e][u], 4)}`,
        activation === "linear" ? `${capital(unit(n, u))} has no activation function: h = a = ${number(h[e][u], 4)}` : `h = ${activation.replaceAll("_", " ")}(a) = ${number(h[e][u], 4)}`] };
    }
    if (way === "loss") {
      const z = last[e], y = batch.targets[e], p = sigma(z), cross = config.loss === "binary_cross_entropy", slopeHere = cross ? p - y : z - y;
      light.units = [[top + 1, 0]];
      return { ...here, title: "The loss, and its gradient.", lines: [
        cross ? `The output z = ${n3(z)} means a probability p = σ(z) = ${n3(p)} for class 1. The class is ${y}, so the loss is L = −log ${y ? "p" : "(1 − p)"} = ${n3(y ? -Math.log(p) : -Math.log1p(-p))}.` : `The output is ${n3(z)}, the target ${n3(y)}: the loss is L = ½·(${n3(z)} − ${bracket(y)})² = ${n3(0.5 * (z - y) ** 2)}.`,
        cross ? `Its slope is dL/dz = p − y = ${n3(p)} − ${y} = ${n3(slopeHere)}.` : `Its slope is dL/dz = z − y = ${n3(slopeHere)}.`,
        `The batch's loss, ${n3(batch.loss)}, is a mean over ${batch.size} examples: this one's share is ${n3(slopeHere)} / ${batch.size} = ${n3(slopeHere / batch.size)}. That number starts the way back.`] };
    }
    if (way === "backward") {
      light.units = [[n + 1, u]];
      light.way = "backward";
      const local = slope(n, u), activation = layers[n].activation.replaceAll("_", " ");
      if (n === top) return { ...here, title: "Backward: the output.", lines: [`upstream = ${n3(shareOf(n, u))}, from the loss. The output has no activation function, so its local slope is 1:`, `δ = ${bracket(shareOf(n, u))} × 1 = ${n3(shareOf(n, u))}`] };
      const each = paths(n, u), upstream = each.reduce((total, { product }) => total + product, 0);
      light.wires = each.map(({ to }) => [n + 1, to, u]);
      if (each.length <= 8) light.notes = [...light.notes, ...each.map(({ to, product }) => ({ wire: [n + 1, to, u], along: 0.68, words: number(product, 2), way: "gradient" }))];
      return { ...here, title: `Backward: ${unit(n, u)}.`, lines: [
        each.length > 1 ? `Its output forks into ${each.length} wires. Each path brings its weight times the δ at its end, and the paths add up:` : "One wire leads on from here. It brings its weight times the δ at its end:",
        `upstream = ${sum(each.map(({ weight, delta }) => `${bracket(weight)}·${bracket(delta)}`))} = ${each.length > 1 ? `${sum(each.map(({ product }) => bracket(product)))} = ` : ""}${n3(upstream)}`,
        `local = slope of ${activation} at a = ${n3(layers[n].a[e][u])}: ${n3(local)}`,
        `δ = upstream × local = ${bracket(upstream)} × ${bracket(local)} = ${n3(shareOf(n, u))}`] };
    }
    if (way === "gradients") {
      const x = below(n), delta = shareOf(n, u), { W, dW, differences } = layers[n];
      light.units = [[n + 1, u]];
      light.wires = x.map((_, i) => [n, u, i]);
      light.way = "backward";
      if (x.length <= 8) light.notes = [...light.notes, ...x.map((v, i) => ({ wire: [n, u, i], along: 0.3, words: number(delta * v, 2), way: "gradient" }))];
      return { ...here, title: `The weights into ${unit(n, u)}.`, lines: ["A weight's gradient is the δ at its end times the number at its start. The examples of the batch add up. A nudge of the weight, measured, says the same:"],
        table: { head: ["from", "this example: δ·h", `all ${batch.size}`, "measured"], rows: x.slice(0, 8).map((v, i) => [source(n, i), `${number(delta, 2)}·${bracket(v)} = ${number(delta * v, 2)}`, number(dW[u][i], 4), differences ? number(differences[u][i], 4) : "–"]) } };
    }
    const all = layers.flatMap(({ W, dW }, l) => W.flatMap((row, r) => row.map((w, i) => ({ l, r, i, w, g: dW[r][i], after: view.weights[l][r][i] }))));
    const largest = [...all].sort((a, b) => Math.abs(b.after - b.w) - Math.abs(a.after - a.w)).slice(0, 6), plain = config.optimizer === "sgd";
    return { ...here, title: "The step.", lines: [plain ? `Every weight moves against its gradient: −${config.learning_rate} × gradient, where ${config.learning_rate} is the learning rate. The largest moves:` : `Every weight moves as ${config.optimizer} makes of its gradient and of those before, at the learning rate ${config.learning_rate}. The largest moves:`],
      table: { head: ["weight", "was", plain ? "−rate × gradient" : "moves by", "is"], rows: largest.map(({ l, r, i, w, g, after }) => [`${source(l, i)} → ${unit(l, r).replace("the ", "")}`, number(w, 4), plain ? `−${config.learning_rate} × ${bracket(g)} = ${number(after - w, 3)}` : number(after - w, 3), number(after, 4)]) } };
  }
  function uncrowded(shown) {
    // On a small screen only the numbers that take part in the step.
    const { light } = shown, ends = new Set((light.units || []).map(String));
    for (const [layer, row, column] of light.wires || []) ends.add(String([layer, column])).add(String([layer + 1, row]));
    light.notes = light.notes.filter(({ unit }) => !unit || ends.has(String(unit)));
    return shown;
  }
  const nextLayer = (at) => {
    const { way, layer } = steps[at], phase = (s) => (s.way === "gradients" ? "backward" : s.way);
    const found = steps.findIndex((s, i) => i > at && (phase(s) !== phase({ way }) || s.layer !== layer));
    return found < 0 ? steps.length - 1 : found;
  };
  return { steps, show: (at, view) => (names.narrowest() < 104 ? uncrowded(show(at, view)) : show(at, view)), nextLayer, example: e };
}

const sigma = sigmoidOf;
