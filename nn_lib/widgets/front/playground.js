// The playground: a network in the plane, trained before your eyes, by whichever engine is behind it.

const FIRST_VISIT = 80; // epochs that a first visit sees trained, slowly enough to be followed
const SLOWLY = 60; // milliseconds more between them

function playground(root, engine, { config: given = {}, problem = "", hide = [], show = [], steps: goal = 0, changes: wished = [], autostart = false, share = null } = {}) {
  let view = null, data = null, playing = false, running = null, history = [], every = 1, updates = 0, changes = [];
  let begunRate = 0.1, pointed = null, draft = null, tour = null, at = 0, open = null, sheet = "", waiting = null, busy = null, limit = autostart ? FIRST_VISIT : Infinity;
  const app = {
    config: completeConfig(given),
    look: { gradients: show.includes("gradients"), "test points": show.includes("test points"), "two colours": show.includes("two colours"), brush: 1 },
    restart, reset: () => restart({}, { still: true }), once, pace, take, clear, step: () => (tour ? go(at + 1) : startTour()),
    toggleTraining: () => (playing ? settled() : run()),
    chooseProblem: (name) => restart(name === "own" ? { problem: name, points: app.config.points || startingPoints() } : { problem: name, loss: REGRESSIONS.includes(app.config.problem) ? "binary_cross_entropy" : app.config.loss }),
    lookAt: (change) => {
      Object.assign(app.look, change);
      controls.sync();
      if ("gradients" in change) return once("advance", { epochs: 0, deltas: change.gradients });
      draw();
      tell();
    },
    brush: (value) => {
      app.look.brush = value;
      plane.brush(value);
    },
    sheet: (name) => {
      sheet = root.dataset.sheet = sheet === name ? "" : name;
      controls.open(sheet);
    },
  };

  // What is on the screen, each part once.
  const controls = playgroundControls(app), box = problemBox();
  const statsEpoch = el("strong", {}), statsWords = el("span", {}), stats = el("p", { class: "nn-stats nn-status", "aria-live": "polite" }, statsEpoch, " ", statsWords);
  const plane = outputPlane(root, { drawn }), net = networkDrawing(root, { touched, pointedAt, resize });
  const readout = el("p", { class: "nn-readout" }), netBox = el("div", { class: "nn-net-box" }, net, readout), cards = card(netBox);
  const sayTitle = el("strong", {}), sayWords = el("span", {}), sayActions = el("span", { class: "nn-say-actions" });
  const saying = el("div", { class: "nn-saying", role: "status" }, sayTitle, " ", sayWords, " ", sayActions, " ", button("step one example through, forward and back ▸", () => startTour(), { class: "nn-link" }));
  const tourTitle = el("strong", {}), tourCount = el("span", { class: "nn-note" }), tourLines = el("div", { class: "nn-tour-lines", role: "status" });
  const tourBack = button("◀", () => go(at - 1), { "aria-label": "one step back" }), tourNext = button("next ▸", () => go(at + 1), { class: "nn-main-small" }), tourLayer = button("next layer ▸▸", () => go(tour.nextLayer(at)));
  const tourBox = el("div", { class: "nn-saying nn-tour", hidden: true, role: "group", "aria-label": "one example, forward and back" },
    el("div", { class: "nn-tour-head" }, tourTitle, tourCount, el("span", { class: "nn-tour-buttons" }, tourBack, tourNext, tourLayer, button("×", () => endTour(), { "aria-label": "end this tour" }))), tourLines);
  const losses = lineChart("training and test loss"), sizes = el("svg", { class: "nn-sizes", role: "img", viewBox: "0 0 260 90" }), confusion = el("div", { class: "nn-confusion" });
  const shareBox = el("div", { class: "nn-share", role: "status", hidden: true }), program = programPanel(engine, { settled, say: (words) => box.say(words) });
  const numbers = el("div"), numbersBox = opened(el("details", { class: "nn-tables" }, el("summary", {}, "The numbers behind the picture"), numbers));
  numbersBox.addEventListener("toggle", () => view && drawNumbers());
  const more = opened(el("details", {}, el("summary", {}, "Gradient sizes, and which mistakes it makes"), el("h4", {}, "size of the gradient in each layer (log scale)"), sizes, confusion));
  const away = el("div", { class: "nn-row" }), awayBox = share && !hide.length ? opened(el("details", {}, el("summary", {}, "Put controls away, for a link to share"), away)) : null;
  const frame = el("div", { class: "nn-frame" },
    el("div", { class: "nn-top" }, el("div", { class: "nn-bar" }, controls.actions, stats, controls.learning, el("div", { class: "nn-exits" }, share ? button("copy link", copyLink, { class: "nn-share-button" }) : null, program.opener)), box, shareBox),
    controls.dataBox, netBox,
    el("section", { class: "nn-side", "aria-label": "output" }, plane, el("div", { class: "nn-loss" }, el("h4", {}, "loss"), losses)),
    saying, tourBox, cards, program.panel,
    el("div", { class: "nn-below" }, more, numbersBox, awayBox, el("p", { class: "nn-note nn-computed" }, `Computed by ${engine.name}.`)));
  root.classList.add("nn-widget", "nn-playground");
  root.dataset.sheet = "";
  root.replaceChildren(frame);
  net.resized = () => {
    if (!view) return;
    draw();
    if (net.most() > view.most && !playing && !busy) once("advance", { epochs: 0, deltas: app.look.gradients });
  };
  const unwatch = whenSchemeChanges(root, () => view && (controls.paintThumbs(paletteOf(root)), draw()));
  frame.addEventListener("pointerdown", (event) => sheet && !event.target.closest(".nn-sheet, .nn-actions") && app.sheet(sheet));
  frame.addEventListener("pointerdown", (event) => !cards.hidden && !cards.contains(event.target) && !event.target.closest("[data-part]") && cards.shut(false));

  // ---- Asking the engine.
  async function ask(what, details) {
    try {
      if (!MOST_FOR.includes(what)) return await engine.call(what, details);
      const most = net.most(), answer = await engine.call(what, { ...details, most });
      for (const one of answer.views || []) one.most = most;
      return { ...answer, most };
    } catch (error) {
      pause();
      box.say(error.message);
      return null;
    }
  }
  function restart(change = {}, { note = "", still = false } = {}) {
    // Changes that come while one is on its way are joined: a slider may be dragged as fast as one likes.
    waiting = { change: { ...waiting?.change, ...change }, note: note || waiting?.note || "", still: still || waiting?.still };
    return (busy ||= (async () => {
      const resume = playing;
      await settled();
      let done = true, last = null;
      while (waiting) {
        last = waiting;
        waiting = null;
        done = await begin(last);
      }
      busy = null;
      controls.sync();
      if (resume && done && !last.still) run();
    })());
  }
  async function begin({ change, note }) {
    let next;
    try {
      next = completeConfig({ ...app.config, ...withoutNetwork(app.config, change) });
    } catch (error) {
      box.say(error.message);
      return false;
    }
    const shape = JSON.stringify(shapeOf(app.config));
    net.build(next);
    const answer = await ask("start", { config: next });
    if (!answer) return false;
    await adopt(next, answer, note, shape);
    return true;
  }
  async function adopt(next, answer, note = "", shape = JSON.stringify(shapeOf(app.config))) {
    // A run from its start, or as another view of it has it.
    if (app.config.problem !== next.problem || app.config.points !== next.points) controls.repaint = true;
    app.config = next;
    box.say(problem || note); // what the link did not say well; later messages have reasons of their own
    problem = "";
    ({ data } = answer);
    [changes, history, every, draft, pointed] = [[], [], 1, null, null];
    limit = autostart && updates === 0 ? FIRST_VISIT : Infinity;
    begunRate = next.learning_rate;
    endTour();
    if (open && !(JSON.stringify(shapeOf(next)) === shape)) cards.shut(false);
    plane.brush(next.problem === "own" ? app.look.brush : null);
    if (!updates || controls.repaint) controls.paintThumbs(paletteOf(root));
    controls.repaint = false;
    present(answer);
    if (app.look.gradients) await again("advance", { epochs: 0, deltas: true });
    probe();
    tell();
  }
  const shapeOf = ({ features, hidden }) => [features, hidden];
  async function film() {
    // The views of the next epochs, each as `advance` gives it.
    const deltas = app.look.gradients, frames = engine.frames || 1;
    if (frames === 1) return [await ask("advance", { epochs: 1, deltas })].filter(Boolean);
    const { views = [], maps, deltas: all } = (await ask("film", { frames, deltas })) || {};
    const part = (rows, n) => rows.slice((n * rows.length) / views.length, ((n + 1) * rows.length) / views.length);
    return views.map((one, n) => ({ ...one, maps: part(maps, n), ...(all ? { deltas: part(all, n) } : {}) }));
  }
  async function run() {
    if (playing) return;
    playing = true;
    endTour();
    controls.training(true);
    stats.setAttribute("aria-live", "off"); // thirty announcements a second help nobody
    // Asked for ahead, and several at a time: a question to the kernel travels longer than its answer takes to compute.
    running = (async () => {
      const coming = [], ahead = () => coming.push(film());
      while (coming.length < (engine.ahead || 1)) ahead();
      while (coming.length) {
        const views = await coming.shift();
        if (!views.length || views.some((one) => one.diverged)) playing = false;
        if (views.length && views[views.length - 1].epoch >= limit) playing = false;
        if (playing) ahead();
        for (const one of views) {
          present(one);
          await nextFrame();
          if (limit < Infinity) await new Promise((resolve) => setTimeout(resolve, SLOWLY));
        }
      }
      limit = Infinity;
      pause();
      draw();
      tell();
    })();
    await running;
  }
  function pause() {
    playing = false;
    stats.setAttribute("aria-live", "polite");
    controls.training(false);
  }
  async function settled() {
    // Training stops, and the epoch that was under way is shown, before anything else is asked.
    pause();
    await running;
  }
  async function again(what, details) {
    const answer = await ask(what, details);
    if (answer) present(answer);
    return answer;
  }
  async function once(what, details) {
    await busy;
    await settled();
    limit = Infinity;
    if (what !== "minibatch") endTour();
    const answer = await again(what, details);
    tell();
    return answer;
  }
  async function pace(text) {
    // The learning rate changes under way, as the training goes on with it.
    try {
      const rate = checkSetting("learning_rate", Number.isNaN(typed(text)) ? text : typed(text));
      if (!view || view.diverged) return restart({ learning_rate: rate });
      if (!view.steps && !playing) return restart({ learning_rate: rate });
      const answer = await ask("pace", { learning_rate: rate });
      if (!answer) return;
      app.config = { ...app.config, learning_rate: rate };
      note({ step: answer.steps, learning_rate: rate });
      box.say("");
      controls.sync();
      probe();
      tell();
    } catch (error) {
      box.say(error.message);
    }
  }

  // ---- What a link holds.
  function note(change) {
    const last = changes[changes.length - 1], place = ({ step, layer, row, column, learning_rate: rate }) => String([step, layer, row, column, rate === undefined]);
    if (last && place(last) === place(change)) changes.pop();
    changes.push(change);
  }
  const state = () => ({ config: { ...app.config, learning_rate: begunRate }, show: SHOWN.filter((name) => app.look[name]), hide, steps: view?.steps ?? 0, changes });
  function tell() {
    if (!playing) share?.(state());
  }
  async function copyLink() {
    await settled();
    try {
      const words = await copied(await share(state(), true), shareBox);
      if (words === "copied") write(shareBox, `Link copied: ${app.config.problem}, ${view.epoch} epoch${view.epoch === 1 ? "" : "s"}${changes.length ? ", with what you changed" : ""}. Whoever opens it sees this very state.`);
    } catch (error) {
      write(shareBox, error.message);
    }
    shareBox.hidden = false;
    setTimeout(() => shareBox.querySelector("textarea") || (shareBox.hidden = true), 8000);
  }
  async function restore(steps, list) {
    // The run of a link, repeated: mini-batches, and between them what a hand changed.
    const stride = Math.max(1, Math.ceil(data.train.points.length / app.config.batch), Math.ceil(steps / 60)); // the curve has its points
    const far = async (step) => {
      while (view && view.steps < step && !view.diverged) {
        write(statsWords, ` of ${Math.round((100 * view.steps) / Math.max(1, steps))} % repeated`);
        if (!(await again("train", { steps: Math.min(stride, step - view.steps) }))) return;
      }
    };
    for (const { step, layer, row, column, value, learning_rate: rate } of list) {
      await far(step);
      if (rate !== undefined) await pace(String(rate));
      else await edit({ layer, row, column, value });
    }
    await far(steps);
    tell();
  }

  // ---- Own points.
  function startingPoints() {
    return data.train.points.concat(data.test.points).slice(0, 60).map(([x, y]) => [Number(x.toFixed(2)), Number(y.toFixed(2)), x > 0 ? 1 : 0]);
  }
  function take(text) {
    try {
      const { points: read, note: classes } = readTable(text), { points, note } = intoThePicture(read);
      restart({ problem: "own", points }, { note: [classes, note].filter(Boolean).join(" ") });
    } catch (error) {
      box.say(`Your data was not taken: ${error.message}.`);
    }
  }
  function clear() {
    settled();
    draft = [];
    draw();
    drafted();
  }
  function drawn(stroke) {
    const points = [...(draft || app.config.points), ...stroke];
    if (!draft || (points.length >= 4 && new Set(points.map((p) => p[2])).size > 1)) return restart({ points });
    draft = points;
    draw();
    drafted();
  }
  const drafted = () => box.say(`${draft.length} points drawn: training starts with four or more, of both classes. Choose the class beside.`);

  // ---- The architecture, and cards on wires and units.
  function resize(layer, by) {
    const { hidden, activations } = app.config;
    if (by === "insert") return restart({ hidden: [...hidden, Math.min(3, hidden[hidden.length - 1] ?? 3)], activations: [...activations, activations[activations.length - 1] ?? "tanh"] });
    const i = layer - 1, units = hidden[i] + by;
    if (units < 1) return restart({ hidden: hidden.filter((_, k) => k !== i), activations: activations.filter((_, k) => k !== i) });
    restart({ hidden: hidden.map((n, k) => (k === i ? units : n)) });
  }
  function pointedAt(part) {
    pointed = part;
    if (view) {
      drawPlane();
      tellPointed();
    }
  }
  function tellPointed() {
    const part = pointed;
    if (!part) return write(readout, "Press a wire or a unit to open it.");
    if (part.kind === "wire") return write(readout, `weight ${net.wireName(part.layer, part.row, part.column)}: ${number(view.weights[part.layer][part.row][part.column], 4)}`);
    if (!part.layer) return write(readout, `input ${app.config.features[part.unit]}`);
    write(readout, `${net.unitName(part.layer, part.unit)}: bias ${number(view.biases[part.layer - 1][part.unit], 4)}${part.layer <= app.config.hidden.length ? `, ${app.config.activations[part.layer - 1].replaceAll("_", " ")}` : ""}`);
  }
  function touched(part, node) {
    if (part.kind === "unit" && !part.layer) return;
    open = { ...part, layer: part.kind === "unit" ? part.layer - 1 : part.layer, row: part.kind === "unit" ? part.unit : part.row, column: part.kind === "unit" ? -1 : part.column };
    net.choose(part);
    const { layer, row, column } = open, wire = column >= 0, name = wire ? `weight ${net.wireName(layer, row, column)}` : `bias of ${net.unitName(layer + 1, row)}`;
    const now = valueOf(open), reach = Math.max(3, Math.ceil(1.5 * Math.abs(now)));
    const take = (value) => {
      box.say("");
      edit({ layer, row, column, value });
    };
    open.field = field(wire ? "weight w" : "bias b", shortest(now), (text) => (Number.isNaN(typed(text)) ? box.say(`A ${wire ? "weight" : "bias"} must be a number, not “${text}”.`) : take(typed(text))), { size: "9", "aria-label": name });
    open.slide = slider("drag it", { low: -reach, high: reach, step: reach / 200, value: now, words: () => "" }, take, { "aria-label": `drag the ${name}` });
    open.gradient = el("p", { class: "nn-card-gradient" });
    open.nudge = el("p", { class: "nn-note" });
    const hidden = !wire && layer < app.config.hidden.length, { activations } = app.config;
    const incoming = wire ? null : el("div", { class: "nn-card-wires" }, el("span", { class: "nn-note" }, "its wires: "), view.weights[layer][row].slice(0, 12).map((w, i) =>
      button(`${net.unitName(layer, i).replace("input ", "").replace("of layer ", "of ")}  ${number(w, 2)}`, () => touched({ kind: "wire", layer, row, column: i }, net.nodeOf({ kind: "wire", layer, row, column: i }) || node), { class: "nn-tiny" })));
    cards.open(node, wire ? name : capitalised(net.unitName(layer + 1, row)), el("div", { class: "nn-row" }, open.field, open.slide), open.gradient, open.nudge, incoming,
      hidden ? choice(`activation of layer ${layer + 1}`, Object.keys(ACTIVATIONS).map((a) => [a, a.replaceAll("_", " ")]), activations[layer], (value) => restart({ activations: activations.map((a, i) => (i === layer ? value : a)) })) : null);
    probe();
  }
  cards.closed = () => {
    open = null;
    net.choose(null);
  };
  const capitalised = (words) => words[0].toUpperCase() + words.slice(1);
  const shortest = (value) => String(Number(value.toPrecision(6)));
  const valueOf = ({ layer, row, column }) => (column < 0 ? view.biases[layer][row] : view.weights[layer][row][column]);
  let probing = false;
  async function probe() {
    // What the open card says of its weight: the gradient, and beside it what a nudge does.
    if (!open || probing) return;
    probing = true;
    const asked = open, { layer, row, column } = asked, found = await ask("probe", { layer, row, column });
    probing = false;
    if (!found || open !== asked) return;
    const { gradient, difference } = found, rate = app.config.learning_rate;
    asked.field.set(shortest(valueOf(asked)));
    if (document.activeElement !== asked.slide.querySelector("input")) asked.slide.set(valueOf(asked));
    asked.gradient.replaceChildren(el("span", { class: "nn-gradient-ink" }, `gradient dL/d${column < 0 ? "b" : "w"} = ${number(gradient, 3)}`), el("br"), `a step: −${rate} × ${gradient < 0 ? `(${number(gradient, 3)})` : number(gradient, 3)} = ${number(-rate * gradient, 3)}`);
    write(asked.nudge, `Measured: a nudge of 0.001 moves the loss by ${number(0.001 * difference, 3)}. Gradients here are means over all ${data.train.points.length} training points.`);
  }
  let editing = null, edits = Promise.resolve();
  function edit(change) {
    // As with settings: the newest value of a drag is the one that counts.
    const idle = !editing;
    editing = change;
    if (idle) edits = (async () => {
      await busy;
      await settled();
      endTour();
      while (editing) {
        const now = editing;
        if (!(await again("edit", now))) editing = null;
        else note({ step: view.steps, ...now });
        if (editing === now) editing = null;
      }
      probe();
      tell();
    })();
    return edits;
  }

  // ---- One example, forward and back.
  async function startTour() {
    limit = Infinity;
    cards.shut(false);
    const answer = await once("minibatch", {});
    if (!answer?.batch) return;
    tour = tourOf(answer.batch, app.config, net);
    tour.before = { weights: answer.batch.layers.map(({ W }) => W), biases: answer.batch.layers.map(({ b }) => b) };
    tourBox.hidden = false;
    saying.hidden = true;
    root.dataset.tour = "0";
    go(0);
    tourNext.focus({ preventScroll: true });
    tourBox.scrollIntoView({ block: "nearest" });
  }
  function endTour() {
    if (!tour) return;
    tour = null;
    tourBox.hidden = true;
    saying.hidden = false;
    delete root.dataset.tour;
    net.light({});
    if (view) draw();
  }
  function go(to) {
    at = Math.max(0, Math.min(tour.steps.length - 1, to));
    root.dataset.tour = String(at);
    const { title, lines, table, light } = tour.show(at, view);
    write(tourTitle, title);
    write(tourCount, ` step ${at + 1} of ${tour.steps.length}`);
    tourLines.replaceChildren(...lines.map((line) => el("p", { class: /[=×]/.test(line) && /^\S+ =|^local|^upstream|^h =|^a =/.test(line) ? "nn-formula" : "" }, line)),
      ...(table ? [el("div", { class: "nn-scroll" }, el("table", {}, el("tr", {}, table.head.map((h) => el("th", { scope: "col" }, h))), table.rows.map((row) => el("tr", {}, row.map((cell, i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, cell))))))] : []));
    tourBack.disabled = at === 0;
    tourNext.disabled = tourLayer.disabled = at === tour.steps.length - 1;
    if (tourNext.disabled && document.activeElement === document.body) tourBack.focus();
    draw();
    net.light(light);
  }
  tourBox.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) go(at + by);
    if (event.key === "Escape") endTour();
  });

  // ---- Drawing.
  function present(answer) {
    view = answer;
    // The output is shown as what it means: of a logit, the probability, from -1 (surely class 0) to 1 (surely class 1).
    if (app.config.loss === "binary_cross_entropy") view.maps = [...view.maps.slice(0, -1), view.maps[view.maps.length - 1].map((z) => Math.tanh(0.5 * z))];
    updates++;
    root.dataset.updates = updates;
    root.dataset.epoch = view.epoch;
    remember();
    if (view.diverged) box.say(`${ranAway(view, history)} after epoch ${view.epoch}: ${whyItRanAway()}`);
    draw(playing && updates % 4 > 0);
  }
  function whyItRanAway() {
    const set = [...changes, editing || {}].map(({ value = 0 }) => Math.abs(value)).reduce((a, b) => Math.max(a, b), 0);
    if (set > 1e3) return `a weight was set to ${number(set)} by hand. Reset, and keep weights near those of the others.`;
    return `the learning rate of ${app.config.learning_rate} is too large for this network. Reset, and try a tenth of it.`;
  }
  function remember() {
    // A long run keeps its whole curve, in fewer points; the newest is always there.
    const newest = history[history.length - 1];
    if (newest && (newest[0] === view.epoch || newest[0] % every)) history.pop();
    history.push([view.epoch, view.train.loss ?? NaN, view.test.loss ?? NaN]);
    if (history.length <= 400) return;
    every *= 2;
    history = history.filter(([epoch]) => epoch % every === 0);
  }
  function draw(light = false) {
    // `light`: while training, what is read rather than watched changes every fourth time.
    net.build(app.config);
    const before = tour && tour.steps[at].way !== "update" ? tour.before : null;
    if (view.weights.length === app.config.hidden.length + 1) net.paint({ ...view, ...(before || {}), train: data.train, deltas: app.look.gradients ? view.deltas : null, steps: app.look["two colours"] });
    drawPlane();
    const right = (v) => (v === null || v === undefined ? "" : ` · ${percent(v)} right`);
    write(statsEpoch, `epoch ${view.epoch}`);
    if (light) return;
    write(statsWords, `loss ${number(view.train.loss)}${right(view.train.accuracy)} · test ${view.test.accuracy === null || view.test.accuracy === undefined ? `loss ${number(view.test.loss)}` : percent(view.test.accuracy)}`);
    tellPointed();
    losses.set([
      { name: `train ${number(view.train.loss)}`, values: history.map((h) => h[1]), look: "train" },
      { name: `test ${number(view.test.loss)}`, values: history.map((h) => h[2]), look: "test" },
    ], { low: 0, xs: history.map((h) => h[0]), along: "epoch", said: `training and test loss over ${view.epoch} epochs, now ${number(view.train.loss)} and ${number(view.test.loss)}` });
    drawSaying();
    drawSizes();
    drawConfusion();
    drawNumbers();
    if (playing) probe();
  }
  function drawPlane() {
    const { config } = app, unit = pointed?.kind === "unit" ? pointed : null, before = config.hidden.slice(0, Math.max(0, (unit?.layer ?? 1) - 1)).reduce((sum, n) => sum + Math.min(n, view.most), 0);
    const map = unit ? (unit.layer ? view.maps[before + unit.unit] : featureMap(config.features[unit.unit])) : view.maps[view.maps.length - 1];
    const regression = REGRESSIONS.includes(config.problem), example = tour?.show(at, view), drawn = draft && { points: draft, labels: draft.map((p) => p[2]) };
    plane.set({
      map, most: unit && !unit.layer ? 5 : 1, steps: app.look["two colours"], train: drawn || data.train, test: app.look["test points"] && !drawn ? data.test : null,
      signed: (label) => (regression ? label : 2 * label - 1), name: unit ? net.unitName(unit.layer, unit.unit) : "",
      ...legend(unit, regression),
      said: `the network's output over the plane, with ${data.train.points.length} training points`, marked: example?.marked, ringed: example?.ringed,
    });
  }
  function legend(unit, regression) {
    if (unit && !unit.layer) return { low: "−5", middle: "0", high: "5" };
    const output = !unit || unit.layer > app.config.hidden.length;
    if (!output || regression) return { low: "−1", middle: "0", high: "1" };
    return app.config.loss === "binary_cross_entropy" ? { low: "class 0: p = 0", middle: "½", high: "p = 1: class 1" } : { low: "class 0: −1", middle: "0", high: "1: class 1" };
  }
  function drawSaying() {
    const { title, words, actions = [], stuck } = sayingOf({ config: app.config, view, history, playing, first: playing && limit < Infinity });
    write(sayTitle, title);
    write(sayWords, words);
    saying.classList.toggle("nn-stuck", Boolean(stuck));
    const key = JSON.stringify(actions);
    if (sayActions.dataset.key === key) return;
    sayActions.dataset.key = key;
    sayActions.replaceChildren(...actions.map(([words, change]) => button(words, () => restart(change).then(run))));
  }
  function drawSizes() {
    const logs = view.gradients.map((g) => (Number.isFinite(g) ? Math.log10(Math.max(g, 1e-8)) + 8 : 0)), wide = 260 / logs.length;
    assign(sizes, { "aria-label": `size of the gradient, layer by layer: ${view.gradients.map((g) => number(g, 2)).join(", ")}` });
    while (sizes.childElementCount > 2 * logs.length) sizes.lastChild.remove();
    while (sizes.childElementCount < 2 * logs.length) sizes.append(el("rect", { class: "nn-bar-fill" }), el("text", { "text-anchor": "middle" }));
    logs.forEach((size, i) => {
      const high = Math.max(1, Math.min(66, size * 7));
      assign(sizes.children[2 * i], { x: i * wide + 4, y: 70 - high, width: wide - 8, height: high });
      assign(sizes.children[2 * i + 1], { x: i * wide + wide / 2, y: 84 });
      write(sizes.children[2 * i + 1], number(view.gradients[i], 2));
    });
  }
  function drawConfusion() {
    const { confusion: cells } = view.test;
    confusion.hidden = !cells;
    if (!cells) return;
    if (!confusion.cells) {
      const row = (name) => el("tr", {}, el("th", { scope: "row" }, name), el("td"), el("td"));
      confusion.append(el("table", {}, el("caption", {}, "test points"), el("tr", {}, el("td"), el("th", { scope: "col" }, "predicted 0"), el("th", { scope: "col" }, "predicted 1")), row("class 0"), row("class 1")));
      confusion.cells = [...confusion.querySelectorAll("tr + tr td")];
    }
    cells.flat().forEach((count, i) => write(confusion.cells[i], String(count)));
  }
  function drawNumbers() {
    if (!numbersBox.open) return;
    const shape = JSON.stringify(view.weights.map((rows) => [rows.length, rows[0].length]));
    if (numbers.dataset.shape !== shape) {
      numbers.dataset.shape = shape;
      numbers.replaceChildren(...view.weights.map((rows, n) => el("div", { class: "nn-scroll", tabindex: "0", role: "group", "aria-label": n + 1 < view.weights.length ? `layer ${n + 1}` : "output" }, el("h4", {}, n + 1 < view.weights.length ? `layer ${n + 1}: weights, bias` : "output: weights, bias"),
        el("table", {}, rows.map((row) => el("tr", {}, row.map(() => el("td")), el("td")))))));
    }
    const cells = numbers.querySelectorAll("td"), values = view.weights.flatMap((rows, n) => rows.flatMap((row, r) => [...row, view.biases[n][r]]));
    values.forEach((value, i) => write(cells[i], number(value, 4)));
  }
  function putAway() {
    // A teacher's link may put away what would distract: hide=noise,seed,regulariser
    const named = [...frame.querySelectorAll(".nn-sheet label, .nn-sheet button, .nn-sheet [role=group], .nn-sheet [role=radiogroup], .nn-bar button")].map((part) =>
      [part, part.getAttribute("aria-label") ?? part.querySelector(":scope > [aria-label]")?.getAttribute("aria-label") ?? part.textContent.trim()]).filter(([part]) => !part.closest(".nn-radios label"));
    for (const [part, name] of named) part.classList.toggle("nn-away", hide.includes(name));
    if (away.firstChild || !awayBox) return;
    away.append(...[...new Set(named.map(([, name]) => name))].filter((name) => name && !FEATURES[name]).map((name) =>
      el("label", {}, el("input", { type: "checkbox", "aria-label": `put away: ${name}`, onchange: (event) => {
        hide = event.target.checked ? [...hide, name] : hide.filter((other) => other !== name);
        putAway();
        tell();
      } }), ` ${name}`)));
  }

  engine.overheard = async (what, answer) => {
    // Another view of this widget did something.
    if (what === "start") {
      net.build(answer.config);
      await adopt(answer.config, { ...answer, most: fittingMost(answer) });
      controls.sync();
    } else if (what === "pace") {
      app.config = { ...app.config, learning_rate: answer.learning_rate };
      controls.sync();
    } else if (answer.maps && data) {
      const views = answer.views || [answer], last = views[views.length - 1], count = answer.maps.length / views.length;
      endTour();
      present({ ...last, maps: answer.maps.slice(-count), most: fittingMost({ weights: last.weights, maps: { length: count } }) });
    }
  };
  function fittingMost({ weights, maps }) {
    // Of how many units a layer these maps are, to judge by their number.
    const sizes = weights.map((rows) => rows.length);
    for (let most = 1; most < 64; most++) if (sizes.reduce((sum, n) => sum + Math.min(n, most), 0) === maps.length) return most;
    return 64;
  }

  const ready = (async () => {
    if (engine.joins) {
      const answer = await ask("join", {});
      if (answer) {
        net.build(answer.config);
        await adopt(answer.config, answer);
      }
      controls.sync();
      putAway();
      return;
    }
    await restart();
    putAway();
    if (goal || wished.length) await restore(goal, wished);
    else if (autostart && !calm()) run();
  })();
  return {
    ready, restart, run, get config() { return app.config; }, get view() { return view; }, get playing() { return playing; }, get changes() { return changes; }, get busy() { return Boolean(busy || editing); },
    stop() {
      pause();
      unwatch();
      plane.stop();
      net.stop();
      engine.stop?.();
    },
  };
}
const MOST_FOR = ["join", "start", "advance", "train", "film", "minibatch", "edit"]; // calls that take `most`

function programPanel(engine, { settled, say }) {
  // The run as a program, in the library's words or in NumPy alone.
  const text = el("pre", { tabindex: "0", "aria-label": "the run as a program" }), told = el("span", { role: "status" });
  const kinds = { numpy: toggle("NumPy alone", true, () => fill("numpy")), code: toggle("nn_lib", false, () => fill("code")) };
  const panel = el("section", { class: "nn-export", hidden: true, "aria-label": "this run as a program" },
    el("div", { class: "nn-row" }, el("strong", {}, "This run as a program: the same weights, to the last digit."), kinds.numpy, kinds.code, button("copy", async () => write(told, await copied(text.textContent, panel))), told), text);
  const opener = toggle("as code", false, async () => {
    panel.hidden = !panel.hidden;
    opener.set(!panel.hidden);
    if (!panel.hidden) await fill("numpy");
    panel.scrollIntoView({ block: "nearest" });
  });
  let turn = 0;
  async function fill(kind) {
    const mine = ++turn;
    await settled();
    try {
      const found = await engine.call("code", {}), known = found[kind] ? kind : "code";
      if (mine !== turn) return; // another one was asked for meanwhile
      panel.dataset.kind = known;
      write(text, found[known]);
      write(told, found[kind] ? "" : found.why || "");
      for (const [name, one] of Object.entries(kinds)) one.set(name === known);
    } catch (error) {
      say(error.message);
    }
  }
  return { opener, panel };
}

playground.toAddress = toLink;
playground.fromAddress = async (hash) => ({ ...(await fromLink(hash)), autostart: !hash.replace("#", "") });
