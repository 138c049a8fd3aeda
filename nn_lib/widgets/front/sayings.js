// One sentence beside the picture: what to watch, what has been reached, and, where training is stuck, why and what to
// change. Each is { title, words, actions: [[words, change]] }, a change being settings for a new start.

const WATCH = {
  circle: "Each small square is a unit, and finds one straight edge. The output bends the edges into a ring.",
  xor: "One edge cannot part these four corners. Watch the units find one edge each, and the output combine them.",
  gaussians: "One straight edge is enough here. Watch how fast all the units agree on it.",
  spirals: "This is the hard one: a straight edge, or four of them, will not do. It takes more units, or the features sin x and sin y.",
  plane: "The output need not be a class: here it is to become a slanted plane.",
  regression_gaussians: "Six hills and valleys are to be learned. Watch which of them come first.",
  own: "These points are yours. Watch where the edge goes between them.",
};
const FLAT_FOR = 80; // epochs without progress after which something is said

function sayingOf({ config, view, history, playing, first = false }) {
  if (view.diverged) return { title: `${ranAway(view, history)}.`, words: "See above what to change." };
  if (first) return { title: "Watch the small squares.", words: WATCH[config.problem] };
  const { accuracy } = view.train, trouble = stuck(config, view, history);
  if (trouble) return { ...trouble, stuck: true };
  if (accuracy !== null && accuracy >= 0.95) return { title: `${percent(accuracy)} right after ${view.epoch} epoch${view.epoch === 1 ? "" : "s"}.`, words: "Point at a unit to see its edge large. Press a wire to see its weight and gradient, and drag it.", reached: true };
  if (view.epoch === 0 && !playing) return { title: "Press ▶.", words: WATCH[config.problem] };
  return { title: "Watch the small squares.", words: WATCH[config.problem] };
}

function ranAway({ train: { loss } }, history) {
  if (!Number.isFinite(loss)) return "The loss is no longer a number";
  const [, first] = history[0];
  return loss > first ? `Training has run away: the loss has grown from ${number(first)} to ${number(loss)}` : "Training has run away: the weights are beyond all bounds";
}

function stuck(config, view, history) {
  // null while the loss still falls, or little is left to learn.
  const { accuracy, loss } = view.train, since = view.epoch - FLAT_FOR, before = history.filter(([epoch]) => epoch <= since && epoch > since - FLAT_FOR).map((h) => h[1]), lately = history.filter(([epoch]) => epoch > since).map((h) => h[1]);
  if (before.length < 4 || lately.length < 4 || (accuracy !== null ? accuracy >= 0.95 : loss <= 0.2 * history[0][1])) return null;
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length, fell = mean(before) - mean(lately);
  if (fell > 0.015 * mean(before)) return null;
  const flat = `For ${FLAT_FOR} epochs the loss has stayed near ${number(mean(lately), 2)}${accuracy === null ? "" : `, with ${percent(accuracy)} right`}.`;
  const again = ["other first weights", { seed: config.seed + 1 }], more = ["one more unit", { hidden: config.hidden.map((n, i) => (i ? n : n + 1)) }];
  const bent = config.hidden.length > 0 && config.activations.some((name) => name !== "linear");
  if (!bent && accuracy !== null) return { title: "A straight line is all it has.", words: `${flat} Without an activation function that bends, every such network draws one straight line.`, actions: [["tanh units", config.hidden.length ? { activations: config.hidden.map(() => "tanh") } : { hidden: [4], activations: ["tanh"] }]] };
  const [first] = view.weights, same = first.length > 1 && first.every((row, r) => row.every((w, i) => Math.abs(w - first[0][i]) < 1e-9) && Math.abs(view.biases[0][r] - view.biases[0][0]) < 1e-9);
  if (same) return { title: "All units are the same.", words: `${flat} They started from equal weights, so they get equal gradients and stay equal: ${first.length} units do the work of one.`, actions: [["random first weights", { initializer: "default" }]] };
  const silent = deadUnits(config, view);
  if (silent) return { title: `${silent.count} of ${silent.of} units in layer ${silent.layer} are dead.`, words: `${flat} A ${silent.name.replaceAll("_", " ")} unit that is zero for every point has slope zero, and gets no gradient to come back.`, actions: [["leaky ReLU", { activations: config.activations.map((name) => (name === "relu" ? "leaky_relu" : name)) }], again] };
  const sizes = view.gradients;
  if (sizes.length > 2 && sizes[0] < 1e-3 * sizes[sizes.length - 1]) return { title: "The gradient does not reach layer 1.", words: `${flat} It is ${number(sizes[sizes.length - 1] / sizes[0], 2)} times smaller there than at the output: each layer multiplied it by its small slopes.`, actions: [["ReLU units", { activations: config.hidden.map(() => "relu") }], ["fewer layers", { hidden: config.hidden.slice(0, 2), activations: config.activations.slice(0, 2) }]] };
  if (config.learning_rate < 0.003 && config.optimizer !== "adam") return { title: "The steps are very small.", words: `${flat} At a learning rate of ${config.learning_rate} it may still be moving, too slowly to see.`, actions: [["ten times the rate", { learning_rate: Number((10 * config.learning_rate).toPrecision(3)) }]] };
  if (config.noise >= 0.15) return { title: "This may be all there is to learn.", words: `${flat} With ${Math.round(100 * config.noise)} % noise some points lie on the wrong side of every sensible edge.`, actions: [["less noise", { noise: 0 }]] };
  if (config.regularizer !== "none" && config.strength >= 0.01) return { title: "The regulariser holds it back.", words: `${flat} ${config.regularizer.toUpperCase()} pulls every weight towards 0 as hard as the data pull them away.`, actions: [["a tenth of its strength", { strength: config.strength / 10 }]] };
  const few = config.problem === "spirals" && Math.max(...config.hidden) < 8 && !config.features.includes("sin x");
  if (few) return { title: "Too few edges for a spiral.", words: `${flat} A spiral needs many edges; these units cannot draw that many.`, actions: [["more units", { hidden: [8, 6], activations: ["tanh", "tanh"] }], ["features sin x, sin y", { features: [...new Set([...config.features, "sin x", "sin y"])] }]] };
  const lines = config.features.every((name) => name === "x" || name === "y"), closed = config.problem === "circle" && config.hidden[0] <= 2, crossed = config.problem === "xor" && config.hidden.length === 1 && config.hidden[0] <= 2;
  if (lines && (closed || crossed)) return { title: "Too few edges for this shape.", words: `${flat} ${closed ? "A ring takes at least three edges to close" : "One layer of two units draws a band, and the four corners need more"}: here are ${config.hidden[0]}.`, actions: [more] };
  return { title: "Stuck.", words: `${flat} ${accuracy !== null && accuracy < 0.6 ? "That is little better than guessing. " : ""}It sits in a local minimum, or on a plateau: every small step makes it worse, or hardly better. Two units may be doing the same work, or there are too few of them.`, actions: config.hidden.length ? [again, more] : [again] };
}

function deadUnits(config, view) {
  // Of the first layer with units that are zero all over the plane: how many, of how many.
  let at = 0;
  for (const [i, units] of config.hidden.entries()) {
    const shown = Math.min(units, view.most ?? 64), maps = view.maps.slice(at, at + shown);
    at += shown;
    if (config.activations[i] !== "relu") continue;
    const count = maps.filter((map) => map.every((v) => v <= 0)).length;
    if (count && count >= maps.length / 3) return { count, of: units, layer: i + 1, name: config.activations[i] };
  }
  return null;
}
