// The playground's controls. They are made once; `sync` gives them the values that hold.

const PROBLEM_WORDS = { circle: "circle", xor: "xor", gaussians: "gauss", spirals: "spiral", plane: "slope", regression_gaussians: "hills", own: "your own" };

function playgroundControls(app) {
  // `app`: config, data, look (what is shown: gradients, test points, two colours), and what can be done: restart(change),
  // reset(), toggleTraining(), once(what, details), pace(text), lookAt(change), step(), own points: take(text), brush(class), clear().
  const kept = [], keep = (control, read) => (kept.push([control, read]), control);
  const set = (name) => (value) => app.restart({ [name]: value });
  const numeric = (name) => (text) => app.restart({ [name]: Number.isNaN(typed(text)) ? text : typed(text) });
  const whole = (v) => `${Math.round(100 * v)} %`;

  // Data and features.
  const thumbs = Object.fromEntries(CHOICES.problem.map((name) => [name, el("canvas", { class: "nn-thumb", "aria-hidden": "true" })]));
  const problems = radios("data", CHOICES.problem.map((name) => [name, PROBLEM_WORDS[name], thumbs[name]]), app.config.problem, (name) => app.chooseProblem(name));
  const points = el("textarea", { rows: "4", "aria-label": "points, one a line: x, y, class" });
  const own = el("div", { class: "nn-own" },
    el("p", { class: "nn-note" }, "Draw points into the output picture, type them, or take a CSV file: x, y, class."),
    keep(choice("class", [["1", "1 (blue, round)"], ["0", "0 (orange, square)"]], "1", (value) => app.brush(Number(value))), () => String(app.look.brush)),
    button("Draw from nothing", () => app.clear()), points,
    el("div", { class: "nn-row" }, button("Use these points", () => app.take(points.value)),
      el("label", { class: "nn-file" }, "CSV file ", el("input", { type: "file", accept: ".csv,.txt,.tsv", onchange: async (event) => {
        const [file] = event.target.files;
        if (file) app.take(await file.text());
        event.target.value = ""; // the same file may be taken again
      } }))));
  const features = el("div", { class: "nn-features", role: "group", "aria-label": "features" }, Object.keys(FEATURES).map((name) =>
    keep(toggle(name, false, () => app.restart({ features: Object.keys(FEATURES).filter((f) => (f === name) !== app.config.features.includes(f)) })), () => app.config.features.includes(name))));
  const dataBox = el("aside", { class: "nn-data nn-sheet", "aria-label": "data and features" },
    el("h3", {}, "Data"), keep(problems, () => app.config.problem),
    keep(slider("noise", { low: 0, high: 0.5, step: 0.05, value: app.config.noise, words: whole }, set("noise")), () => app.config.noise), own,
    el("h3", {}, "Features"), features);

  // Learning: what is changed often stands in the bar, the rest behind "more".
  const rate = keep(field("learning rate", app.config.learning_rate, app.pace, { size: "5", inputmode: "decimal" }), () => app.config.learning_rate);
  const activation = keep(choice("activation", [...Object.keys(ACTIVATIONS).map((a) => [a, a.replaceAll("_", " ")]), ["", "(several)"]], "", (name) => name && app.restart({ activations: app.config.hidden.map(() => name) })), () => (new Set(app.config.activations).size === 1 ? app.config.activations[0] : ""));
  const loss = keep(choice("loss", CHOICES.loss.map((l) => [l, l === "binary_cross_entropy" ? "cross-entropy" : "squared error"]), app.config.loss, set("loss")), () => app.config.loss);
  const momentum = keep(field("momentum", app.config.momentum, numeric("momentum"), { size: "4" }), () => app.config.momentum);
  const strength = keep(field("its strength", app.config.strength, numeric("strength"), { size: "6" }), () => app.config.strength);
  const look = (name) => keep(toggle(name === "gradients" ? "" : name, false, () => app.lookAt({ [name]: !app.look[name] })), () => app.look[name]);
  const more = el("div", { class: "nn-more" },
    keep(choice("optimiser", CHOICES.optimizer, app.config.optimizer, set("optimizer")), () => app.config.optimizer), momentum,
    keep(field("batch", app.config.batch, numeric("batch"), { size: "4" }), () => app.config.batch),
    keep(slider("for training", { low: 0.1, high: 0.9, step: 0.1, value: app.config.train_ratio, words: whole }, set("train_ratio")), () => app.config.train_ratio),
    keep(choice("weights start", CHOICES.initializer.filter((i) => i !== "given" || app.config.weights).map((i) => [i, i.replaceAll("_", " ")]), app.config.initializer, set("initializer")), () => app.config.initializer),
    keep(choice("regulariser", CHOICES.regularizer, app.config.regularizer, set("regularizer")), () => app.config.regularizer), strength,
    keep(field("seed", app.config.seed, numeric("seed"), { size: "6" }), () => app.config.seed),
    button("New data and weights", () => app.restart({ seed: app.config.seed + 1 })),
    keep(choice("unit pictures show", [["output", "outputs"], ["delta", "gradients δ"]], "output", (value) => app.lookAt({ gradients: value === "delta" })), () => (app.look.gradients ? "delta" : "output")),
    look("test points"), look("two colours"));
  const learning = el("div", { class: "nn-learning nn-sheet", role: "group", "aria-label": "learning" }, el("div", { class: "nn-quick" }, rate, activation, loss), more);

  // The bar: training, and on a small screen the ways to the sheets.
  const sheet = (name) => app.sheet(name);
  const tabs = { data: toggle("data", false, () => sheet("data"), { class: "nn-tab nn-tab-data" }), learning: toggle("settings", false, () => sheet("learning"), { class: "nn-tab" }) };
  const play = button("▶", () => app.toggleTraining(), { class: "nn-main", "aria-label": "Train", title: "train, or pause" });
  const actions = el("div", { class: "nn-actions", role: "group", "aria-label": "training" }, play,
    button("↺", () => app.reset(), { class: "nn-round", "aria-label": "Reset", title: "back to the first weights" }),
    button("▸|", () => app.once("advance", { epochs: 1, deltas: app.look.gradients }), { class: "nn-round", "aria-label": "One epoch", title: "one epoch more" }),
    button("step ▸", () => app.step(), { class: "nn-tab nn-tab-step", title: "one example, step by step" }), tabs.learning, tabs.data);

  const sync = () => {
    for (const [control, read] of kept) control.set(read());
    momentum.hidden = !["momentum", "nesterov"].includes(app.config.optimizer);
    strength.hidden = app.config.regularizer === "none";
    loss.querySelector("select").disabled = REGRESSIONS.includes(app.config.problem);
    own.hidden = app.config.problem !== "own";
    const text = app.config.points?.map((p) => p.join(", ")).join("\n");
    if (text && points.taken !== text && document.activeElement !== points) points.value = points.taken = text;
  };
  const training = (now) => {
    write(play, now ? "❚❚" : "▶");
    assign(play, { "aria-label": now ? "Pause" : "Train" });
  };
  const open = (name) => {
    for (const [key, tab] of Object.entries(tabs)) tab.set(key === name);
  };
  const paintThumbs = (palette) => {
    for (const [name, canvas] of Object.entries(thumbs)) paintThumb(canvas, name, app.config, palette);
  };
  return { dataBox, learning, actions, sync, training, open, paintThumbs };
}

function paintThumb(canvas, problem, config, palette) {
  // The data set as a small picture of points.
  fit(canvas, 48);
  const context = canvas.getContext("2d"), scale = canvas.width / (2 * REACH), size = canvas.width / 20;
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  let points, labels;
  if (problem === "own") {
    points = config.points ? config.points.slice(0, 150) : [[-3, 2, 0], [-1.5, 3.5, 0], [-3.5, -0.5, 0], [2, -2, 1], [3.4, 0.5, 1], [0.8, -3.6, 1]];
    labels = points.map((p) => p[2]);
  } else ({ points, labels } = SHAPES[problem](new Generator(1), 140, 0));
  points.forEach(([x, y], i) => {
    const share = REGRESSIONS.includes(problem) ? labels[i] * 1.3 : 2 * labels[i] - 1;
    context.fillStyle = `rgb(${tint(share * 1.2, 1, palette)})`;
    context.fillRect((x + REACH) * scale - size / 2, (REACH - y) * scale - size / 2, size, size);
  });
}
