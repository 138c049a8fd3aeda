// The playground: a network in the plane, trained before your eyes, by whichever engine is behind it.

function playground(root, engine, { config: given = {}, problem = "", changed = null, hide = [], show: asked = [] } = {}) {
  let config = completeConfig(given);
  let view = null, data = null, playing = false, history = [], every = 1, chosen = [0, 0], batch = null, stage = null;
  let shown = asked.includes("gradients") ? "delta" : "output", showTest = asked.includes("test points"), steps = asked.includes("two colours");
  let brush = 1, updates = 0, running = null, watched = null, pointed = null, draft = null, stroke = null;
  const box = problemBox();
  const status = el("p", { class: "nn-note nn-status", "aria-live": "polite" });
  const play = button("Train", () => (playing ? pause() : run()), { class: "nn-main", "aria-pressed": "false" });
  const main = el("canvas", { width: 320, height: 320, role: "img" });
  const chart = el("svg", { width: 260, height: 124, role: "img", "aria-label": "training and test loss" });
  const bars = el("svg", { width: 260, height: 90, role: "img", "aria-label": "size of the gradient in each layer" });
  const net = el("div", { class: "nn-net" }), toggles = el("div", { class: "nn-row" }), measures = el("div", { class: "nn-confusion" }), batchBox = el("div", { class: "nn-batch" }), unitBox = el("div", { class: "nn-row nn-bias" });
  const controls = el("div"), numbers = el("div"), exported = el("pre", { hidden: true, tabindex: "0", "aria-label": "the run as nn_lib code" }), away = el("div", { class: "nn-row" });
  const readout = el("p", { class: "nn-note nn-readout" });
  root.classList.add("nn-widget", "nn-playground");
  root.replaceChildren(
    box, controls, status,
    el("div", { class: "nn-columns" },
      el("div", {}, el("div", { class: "nn-scroll" }, net), readout, unitBox),
      el("div", {}, main, toggles),
      el("div", {}, el("h4", {}, "loss"), chart, el("h4", {}, "gradient size by layer (log scale)"), bars, measures)),
    batchBox, exported, el("details", { class: "nn-tables" }, el("summary", {}, "The numbers behind the picture"), numbers),
    changed && !hide.length ? el("details", {}, el("summary", {}, "Put controls away, for a link to share"), away) : "");
  const tell = () => changed?.(config, [showTest && "test points", steps && "two colours", shown === "delta" && "gradients"].filter(Boolean), hide);

  async function ask(what, details) {
    try {
      return await engine.call(what, details);
    } catch (error) {
      pause();
      box.say(error.message);
      return null;
    }
  }
  async function restart(change = {}, note = "") {
    await settled();
    let next;
    try {
      next = completeConfig({ ...config, ...change });
    } catch (error) {
      return box.say(error.message);
    }
    const answer = await ask("start", { config: next });
    if (!answer) return;
    config = next;
    box.say(problem || note); // what the link did not say well; later messages have reasons of their own
    problem = "";
    ({ data } = answer);
    batch = stage = draft = null;
    watched = pointed = null;
    unitBox.replaceChildren();
    history = [];
    every = 1;
    if (chosen[0] > config.hidden.length || chosen[1] >= (config.hidden[chosen[0]] ?? 1)) chosen = [0, 0];
    tell();
    drawControls();
    show(answer);
    if (shown === "delta") await once("advance", { epochs: 0, deltas: true });
  }
  async function film() {
    // The views of the next epochs, each as `advance` gives it.
    const deltas = shown === "delta", frames = engine.frames || 1;
    if (frames === 1) return [await ask("advance", { epochs: 1, deltas })].filter(Boolean);
    const { views = [], maps, deltas: all } = (await ask("film", { frames, deltas })) || {};
    const part = (rows, n) => rows.slice((n * rows.length) / views.length, ((n + 1) * rows.length) / views.length);
    return views.map((one, n) => ({ ...one, maps: part(maps, n), ...(all ? { deltas: part(all, n) } : {}) }));
  }
  async function run() {
    playing = true;
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    status.setAttribute("aria-live", "off"); // thirty announcements a second help nobody
    batch = stage = null;
    // Asked for ahead, and several at a time: a question to the kernel travels longer than its answer takes to compute.
    running = (async () => {
      const coming = [], ahead = () => coming.push(film());
      while (coming.length < (engine.ahead || 1)) ahead();
      while (coming.length) {
        const views = await coming.shift();
        if (!views.length || views.some((one) => one.diverged)) playing = false;
        if (playing) ahead();
        for (const one of views) {
          show(one);
          await nextFrame();
        }
      }
      pause();
    })();
    await running;
  }
  function pause() {
    if (playing && view) setTimeout(draw, 0);
    playing = false;
    status.setAttribute("aria-live", "polite");
    play.textContent = "Train";
    play.setAttribute("aria-pressed", "false");
  }
  async function settled() {
    // Training stops, and the epoch that was under way is shown, before anything else is asked.
    pause();
    await running;
  }
  async function once(what, details) {
    await settled();
    const answer = await ask(what, details);
    if (!answer) return;
    if (answer.batch) [batch, stage] = [answer.batch, null];
    show(answer);
  }
  async function pace(text) {
    // The learning rate changes under way, as the training goes on with it.
    try {
      const rate = checkSetting("learning_rate", text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));
      if (!view || view.diverged) return restart({ learning_rate: rate });
      if (!(await ask("pace", { learning_rate: rate }))) return;
      config = { ...config, learning_rate: rate };
      box.say("");
      tell();
    } catch (error) {
      box.say(error.message);
    }
  }
  function show(answer) {
    view = answer;
    updates++;
    root.dataset.updates = updates;
    root.dataset.epoch = view.epoch;
    remember();
    if (view.diverged) box.say(`The loss is no longer a number after epoch ${view.epoch}: the learning rate of ${config.learning_rate} is too large for this network. Reset, and try a tenth of it.`);
    draw(playing && updates % 4 > 0);
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

  function drawControls() {
    const set = (name) => (value) => restart({ [name]: value });
    const numeric = (name) => (text) => restart({ [name]: text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text) });
    const percent = (v) => `${Math.round(100 * v)} %`;
    let waiting = null;
    const later = (name) => (value) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => restart({ [name]: value }), 120);
    };
    const words = { own: "your own points", regression_gaussians: "hills (regression)", plane: "plane (regression)" };
    const layers = (hidden, activations) => restart({ hidden, activations });
    controls.replaceChildren(...[
      el("div", { class: "nn-row" },
        play,
        button("One epoch", () => once("advance", { epochs: 1, deltas: shown === "delta" })),
        button("One mini-batch, with its numbers", () => once("minibatch")),
        button("Reset", () => restart()),
        button("New data and weights", () => restart({ seed: config.seed + 1 })),
        button("As nn_lib code", async () => {
          if (!exported.hidden) return (exported.hidden = true);
          await settled();
          exported.textContent = (await ask("code"))?.code ?? "";
          exported.hidden = false;
        })),
      el("div", { class: "nn-row" },
        choice("data", CHOICES.problem.map((p) => [p, words[p] || p]), config.problem, (problem) => problem === "own" ? restart({ problem, points: config.points || startingPoints() }) : restart({ problem, loss: REGRESSIONS.includes(config.problem) ? "binary_cross_entropy" : config.loss })),
        slider("noise", { low: 0, high: 0.5, step: 0.05, value: config.noise, words: percent }, later("noise")),
        slider("for training", { low: 0.1, high: 0.9, step: 0.1, value: config.train_ratio, words: percent }, later("train_ratio")),
        field("batch", config.batch, numeric("batch"), { size: "4" }),
        field("seed", config.seed, numeric("seed")),
        choice("unit pictures show", [["output", "outputs"], ["delta", "gradients δ"]], shown, async (value) => {
          shown = value;
          tell();
          once("advance", { epochs: 0, deltas: shown === "delta" });
        })),
      el("div", { class: "nn-row" },
        field("learning rate", config.learning_rate, pace),
        choice("optimiser", CHOICES.optimizer, config.optimizer, set("optimizer")),
        ["momentum", "nesterov"].includes(config.optimizer) ? field("momentum", config.momentum, numeric("momentum")) : null,
        choice("loss", CHOICES.loss.map((l) => [l, l.replaceAll("_", " ")]), config.loss, set("loss")),
        choice("weights start", CHOICES.initializer.map((i) => [i, i.replaceAll("_", " ")]), config.initializer, set("initializer")),
        choice("regulariser", CHOICES.regularizer, config.regularizer, set("regularizer")),
        config.regularizer === "none" ? null : field("its strength", config.strength, numeric("strength"))),
      el("div", { class: "nn-row" },
        el("span", { role: "group", "aria-label": "features" }, "features ", Object.keys(FEATURES).map((name) =>
          button(name, () => restart({ features: config.features.includes(name) ? config.features.filter((f) => f !== name) : Object.keys(FEATURES).filter((f) => f === name || config.features.includes(f)) }), { "aria-pressed": String(config.features.includes(name)) }))),
        button("+ layer", () => layers([...config.hidden, 3], [...config.activations, "tanh"])),
        button("− layer", () => layers(config.hidden.slice(0, -1), config.activations.slice(0, -1)), { disabled: !config.hidden.length })),
      el("div", { class: "nn-row" }, config.hidden.map((units, i) =>
        el("span", { class: "nn-row", role: "group", "aria-label": `layer ${i + 1}` },
          field(`layer ${i + 1}: units`, units, (text) => restart({ hidden: config.hidden.map((n, j) => (j === i ? Number(text) : n)) }), { size: "3" }),
          choice("activation", Object.keys(ACTIVATIONS), config.activations[i], (name) => restart({ activations: config.activations.map((a, j) => (j === i ? name : a)) }))))),
      config.problem === "own" ? ownPoints() : ""]);
    putAway();
  }
  function putAway() {
    // A teacher's link may put away what would distract: hide=noise,seed,regulariser
    const named = [...controls.querySelectorAll("label, button, [role=group]"), ...toggles.children].map((part) =>
      [part, part.getAttribute("aria-label") ?? part.querySelector("[aria-label]")?.getAttribute("aria-label") ?? part.textContent]);
    for (const [part, name] of named) part.style.display = hide.includes(name) ? "none" : "";
    if (away.firstChild || !toggles.firstChild) return;
    away.append(...named.map(([, name]) => name).filter((name) => name && !FEATURES[name] && !name.startsWith("layer")).map((name) =>
      el("label", {}, el("input", { type: "checkbox", "aria-label": `put away: ${name}`, onchange: (event) => {
        hide = event.target.checked ? [...hide, name] : hide.filter((other) => other !== name);
        putAway();
        tell();
      } }), ` ${name}`)));
  }
  function startingPoints() {
    return data.train.points.concat(data.test.points).slice(0, 60).map(([x, y], i) => [x, y, i % 2]).map(([x, y]) => [Number(x.toFixed(2)), Number(y.toFixed(2)), x > 0 ? 1 : 0]);
  }
  function ownPoints() {
    const text = el("textarea", { rows: "4", cols: "40", "aria-label": "points, one a line: x, y, class" }, config.points.map((p) => p.join(", ")).join("\n"));
    const take = (words) => {
      try {
        const { points, note } = intoThePicture(readPoints(words));
        restart({ problem: "own", points }, note);
      } catch (error) {
        box.say(`Your data was not taken: ${error.message}.`);
      }
    };
    return el("div", { class: "nn-row" }, text,
      el("span", {}, button("Use these points", () => take(text.value)), " ",
        el("label", {}, "or a CSV file ", el("input", { type: "file", accept: ".csv,.txt", onchange: async (event) => event.target.files[0] && take(await event.target.files[0].text()) })),
        el("br"), "or draw points into the large picture: ",
        choice("class", [["1", "1 (blue, round)"], ["0", "0 (orange, square)"]], String(brush), (value) => (brush = Number(value))), " ",
        button("Draw from nothing", () => { pause(); draft = []; stroke = null; draw(); drafted(); })));
  }
  // Points are drawn with the pointer: one for each press, a row of them for each stroke.
  const spot = (event) => {
    const place = main.getBoundingClientRect(), round = (v) => Number(v.toFixed(2));
    return [round(-REACH + (2 * REACH * (event.clientX - place.left)) / place.width), round(REACH - (2 * REACH * (event.clientY - place.top)) / place.height), brush];
  };
  main.addEventListener("pointerdown", (event) => {
    if (config.problem !== "own") return;
    main.setPointerCapture(event.pointerId);
    stroke = [spot(event)];
  });
  main.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const [x, y] = spot(event), [u, v] = stroke[stroke.length - 1];
    if (Math.hypot(x - u, y - v) > 0.35 && Math.max(Math.abs(x), Math.abs(y)) <= REACH) stroke.push([x, y, brush]);
  });
  main.addEventListener("pointercancel", () => (stroke = null));
  main.addEventListener("pointerup", () => {
    if (!stroke) return;
    const points = [...(draft || config.points), ...stroke];
    stroke = null;
    if (!draft || (points.length >= 4 && new Set(points.map((p) => p[2])).size > 1)) return restart({ points });
    draft = points;
    draw();
    drafted();
  });
  const drafted = () => box.say(`${draft.length} points drawn: training starts with four or more, of both classes. Choose the class above.`);

  const columns = () => [config.features.length, ...config.hidden, 1];
  const place = (layer, unit) => ({ x: 48 + layer * 112, y: 10 + unit * 54 });
  function draw(light = false) {
    // `light`: while training, what is read rather than watched changes every fourth time.
    drawNet();
    paintMap(main, watched ? watched() : view.maps[view.maps.length - 1], GRID, watched?.most ?? 1, steps);
    drawPoints();
    if (light) return;
    main.setAttribute("aria-label", `the network's output over the plane, with ${data.train.points.length} training points`);
    main.style.touchAction = config.problem === "own" ? "none" : "auto";
    main.style.cursor = config.problem === "own" ? "crosshair" : "";
    lineChart(chart, [
      { name: `train ${number(view.train.loss)}`, values: history.map((h) => h[1]), colour: "#0072b2" },
      { name: `test ${number(view.test.loss)}`, values: history.map((h) => h[2]), colour: "#b34700", dash: "5 3" },
    ], { low: 0, height: 124, xs: history.map((h) => h[0]), along: "epoch" });
    chart.setAttribute("aria-label", `training and test loss over ${view.epoch} epochs, now ${number(view.train.loss)} and ${number(view.test.loss)}`);
    drawBars();
    const percent = (v) => (v === null ? "" : `, ${(100 * v).toFixed(1)} % right`);
    status.textContent = `epoch ${view.epoch}: training loss ${number(view.train.loss)}${percent(view.train.accuracy)}; test loss ${number(view.test.loss)}${percent(view.test.accuracy)}. Computed by ${engine.name}.`;
    drawMeasures();
    drawBatch();
    drawNumbers();
  }
  function drawNet() {
    const sizes = columns(), tall = 20 + 54 * Math.max(...sizes), wide = place(sizes.length - 1, 0).x + 60;
    const key = JSON.stringify([sizes, config.features]);
    if (net.dataset.key !== key) {
      net.dataset.key = key;
      net.style.width = `${wide}px`;
      net.style.height = `${tall}px`;
      const svg = el("svg", { width: wide, height: tall, role: "group", "aria-label": "weights; press one to change it" });
      net.replaceChildren(svg);
      net.edges = {};
      view.weights.forEach((rows, layer) => rows.forEach((row, to) => row.forEach((_, from) => {
        const a = place(layer, from), b = place(layer + 1, to);
        const way = `from ${layer ? `unit ${from + 1}` : config.features[from]} to ${layer + 2 < sizes.length ? `unit ${to + 1} of layer ${layer + 1}` : "the output"}`;
        const d = `M${a.x + 40},${a.y + 20} C${a.x + 76},${a.y + 20} ${b.x - 36},${b.y + 20} ${b.x},${b.y + 20}`;
        const line = el("path", { d, fill: "none", opacity: 0.75 }), hold = el("path", { d, fill: "none", stroke: "transparent", "stroke-width": 10 }); // thin lines are hard to hit
        const change = () => askForWeight(layer, to, from, view.weights[layer][to][from], `weight ${way}`);
        const group = el("g", { class: "nn-edge", tabindex: "0", role: "button", onclick: change, onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), change()) }, hold, line);
        point(group, () => `weight ${way}: ${number(view.weights[layer][to][from], 4)}. Press it to change it.`);
        net.edges[`${layer}:${to}:${from}`] = { group, line, way };
        svg.append(group);
      })));
      sizes.forEach((units, layer) => {
        for (let u = 0; u < units; u++) {
          const { x, y } = place(layer, u), name = layer === sizes.length - 1 ? "the output" : layer ? `unit ${u + 1} of layer ${layer}` : `feature ${config.features[u]}`;
          const canvas = el("canvas", { width: 40, height: 40, role: "img", "aria-label": name });
          const unit = layer ? el("button", { type: "button", class: "nn-unit", style: `left:${x}px;top:${y}px`, "aria-label": `${name}: show its numbers`, onclick: () => { chosen = [layer - 1, u]; stage = null; drawBias(); draw(); } }, canvas, el("small", { class: "nn-tag" }))
            : el("div", { class: "nn-unit", style: `left:${x}px;top:${y}px` }, canvas, el("small", { style: "position:absolute;right:46px;top:11px;white-space:nowrap" }, config.features[u]));
          unit.canvas = canvas;
          if (!layer) paintMap(canvas, featureMap(config.features[u]), GRID, 5);
          unit.dataset.unit = `${layer}:${u}`;
          // Whatever is pointed at, or has the focus, is shown large.
          const at = columns().slice(1, layer).reduce((sum, n) => sum + n, 0) + u, large = layer ? () => view.maps[at] : () => featureMap(config.features[u]);
          large.most = layer ? 1 : 5;
          const look = (what) => () => { watched = what; draw(true); };
          for (const name of ["pointerenter", "focus"]) unit.addEventListener(name, look(large));
          for (const name of ["pointerleave", "blur"]) unit.addEventListener(name, look(null));
          if (layer) point(unit, () => `${name}: bias ${number(view.biases[layer - 1][u], 4)}${layer < sizes.length - 1 ? `, ${config.activations[layer - 1].replaceAll("_", " ")}` : ""}. Press it for its numbers, and to change the bias.`);
          net.append(unit);
        }
      });
    }
    view.weights.forEach((rows, layer) => rows.forEach((row, to) => row.forEach((w, from) => {
      const edge = net.edges[`${layer}:${to}:${from}`], size = Math.min(8, 0.6 + 2.2 * Math.abs(w)).toFixed(1);
      if (edge.shown === w) return;
      edge.shown = w;
      edge.line.setAttribute("stroke", w >= 0 ? "#0072b2" : "#d55e00");
      edge.line.setAttribute("stroke-width", size);
      edge.line.setAttribute("stroke-dasharray", w < 0 ? "6 3" : "none");
      edge.group.setAttribute("aria-label", `weight ${number(w)} ${edge.way}; press to change it`);
    })));
    let at = 0;
    sizes.slice(1).forEach((units, below) => {
      const layer = below + 1;
      for (let u = 0; u < units; u++, at++) {
        const unit = net.querySelector(`[data-unit="${layer}:${u}"]`), canvas = unit.canvas;
        unit.classList.toggle("nn-chosen", stage === null ? chosen[0] === layer - 1 && chosen[1] === u : stages()[stage].layer === layer - 1);
        unit.lastChild.textContent = tag(layer - 1, u);
        if (shown === "delta" && view.deltas) scatter(canvas, view.deltas[at]);
        else paintMap(canvas, view.maps[at], GRID, 1, steps);
      }
    });
    readout.textContent = pointed ? pointed() : "Point at a weight or a unit to read it, while it trains too.";
  }
  function point(part, words) {
    for (const name of ["pointerenter", "focus"]) part.addEventListener(name, () => (readout.textContent = (pointed = words)()));
    for (const name of ["pointerleave", "blur"]) part.addEventListener(name, () => ((pointed = null), (readout.textContent = "")));
  }
  function featureMap(name) {
    const along = (i) => -REACH + (2 * REACH * i) / (GRID - 1);
    return Float32Array.from({ length: GRID * GRID }, (_, i) => FEATURES[name](along(i % GRID), -along(Math.floor(i / GRID))));
  }
  function drawBias() {
    const [layer, row] = chosen, words = layer < config.hidden.length ? `bias of unit ${row + 1} of layer ${layer + 1}` : "bias of the output";
    unitBox.replaceChildren(field(words, number(view.biases[layer][row], 6).replace("−", "-"), (text) => {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value)) return box.say(`A bias must be a number, not “${text}”.`);
      box.say("");
      once("edit", { layer, row, column: -1, value });
    }));
  }
  function askForWeight(layer, row, column, now, words) {
    const input = el("input", { type: "text", value: String(now), "aria-label": words });
    const take = () => {
      const value = Number(input.value);
      if (input.value.trim() === "" || !Number.isFinite(value)) return box.say(`A weight must be a number, not “${input.value}”.`);
      box.say("");
      once("edit", { layer, row, column, value });
    };
    const form = el("div", { class: "nn-row" }, words, input, button("Set", take));
    input.addEventListener("keydown", (event) => event.key === "Enter" && take());
    batchBox.replaceChildren(form);
    batch = stage = null;
    pause();
    input.focus();
  }
  function scatter(canvas, deltas) {
    const context = canvas.getContext("2d"), most = Math.max(1e-12, ...Array.from(deltas, Math.abs)), scale = canvas.width / (2 * REACH);
    context.fillStyle = "#f6f7f9";
    context.fillRect(0, 0, canvas.width, canvas.height);
    deltas.forEach((delta, i) => {
      const [x, y] = data.train.points[i];
      context.fillStyle = `rgb(${tint(delta, most)})`;
      context.fillRect((x + REACH) * scale - 1, (REACH - y) * scale - 1, 2.5, 2.5);
    });
  }
  function drawPoints() {
    const context = main.getContext("2d"), scale = main.width / (2 * REACH), drawn = draft && { points: draft, labels: draft.map((p) => p[2]) };
    for (const [part, solid] of drawn ? [[drawn, true]] : [[data.train, true], ...(showTest ? [[data.test, false]] : [])]) {
      part.points.slice(0, 2000).forEach(([x, y], i) => {
        const label = part.labels[i], share = REGRESSIONS.includes(config.problem) ? label : 2 * label - 1, left = (x + REACH) * scale, top = (REACH - y) * scale;
        context.beginPath();
        if (share > 0) context.arc(left, top, 3.2, 0, 7);
        else context.rect(left - 2.8, top - 2.8, 5.6, 5.6);
        context.fillStyle = `rgb(${tint(share * 1.2)})`;
        context.strokeStyle = solid ? "#1b1f24" : "#ffffff";
        context.lineWidth = 0.8;
        context.fill();
        context.stroke();
      });
    }
  }
  function drawBars() {
    bars.replaceChildren();
    const sizes = view.gradients.map((g) => (Number.isFinite(g) ? Math.log10(Math.max(g, 1e-8)) + 8 : 0)), wide = 260 / sizes.length;
    bars.setAttribute("viewBox", "0 0 260 90");
    bars.setAttribute("aria-label", `size of the gradient, layer by layer: ${view.gradients.map((g) => number(g, 2)).join(", ")}`);
    sizes.forEach((size, i) => {
      const high = Math.max(1, Math.min(66, size * 7));
      bars.append(el("rect", { x: i * wide + 4, y: 70 - high, width: wide - 8, height: high, fill: "#0072b2" }));
      bars.append(el("text", { x: i * wide + wide / 2, y: 84, "font-size": 10, "text-anchor": "middle" }, number(view.gradients[i], 2)));
    });
  }
  function drawMeasures() {
    const { confusion } = view.test, key = `${showTest}${steps}`;
    if (toggles.dataset.key !== key) {
      toggles.dataset.key = key;
      toggles.replaceChildren(
        button("show test points", () => { showTest = !showTest; draw(); tell(); }, { "aria-pressed": String(showTest) }),
        button("two colours only", () => { steps = !steps; draw(); tell(); }, { "aria-pressed": String(steps) }));
      putAway();
    }
    if (!confusion) return measures.replaceChildren();
    const row = (name, cells) => el("tr", {}, el("th", { scope: "row" }, name), cells.map((c) => el("td", {}, String(c))));
    measures.replaceChildren(el("table", {}, el("caption", {}, "test points"), el("tr", {}, el("th"), el("th", { scope: "col" }, "predicted 0"), el("th", { scope: "col" }, "predicted 1")), row("class 0", confusion[0]), row("class 1", confusion[1])));
  }
  const unitName = (n, u) => (n === config.hidden.length ? "The output" : `Unit ${u + 1} of layer ${n + 1}`);
  const products = (batch, n, u, x) => `${batch.layers[n].W[u].map((w, i) => `${number(w)}·${number(x[i])}`).join(" + ")} + ${number(batch.layers[n].b[u])}`;
  function slopeAt({ activation, a, h, alpha }, u) {
    return ACTIVATIONS[activation][1](a[0][u], h[0][u], alpha?.[u]);
  }
  function upstreamOf(n, u) {
    const layer = batch.layers[n], above = batch.layers[n + 1];
    return above ? above.W.reduce((total, row, o) => total + row[u] * above.delta[0][o], 0) : layer.delta[0][u] / (slopeAt(layer, u) || 1);
  }
  function stages() {
    // Through the batch layer by layer: forward, the loss, backward, and the step.
    const up = batch.layers.map((_, layer) => ({ way: "forward", layer }));
    return [...up, { way: "loss" }, ...[...up].reverse().map(({ layer }) => ({ way: "backward", layer })), { way: "step" }];
  }
  function tag(n, u) {
    if (!batch || stage === null) return "";
    const past = stages().slice(0, stage + 1), been = (way) => past.some((s) => s.way === way && s.layer === n), { h, delta } = batch.layers[n];
    return `${been("forward") ? number(h[0][u], 2) : ""}${been("backward") ? ` δ ${number(delta[0][u], 2)}` : ""}`;
  }
  function stageLines({ way, layer: n }) {
    const x = n ? batch.layers[n - 1].h[0] : batch.inputs[0], layer = batch.layers[n], units = layer ? layer.b.map((_, u) => u) : [];
    const name = n === config.hidden.length ? "the output" : `layer ${n + 1}`;
    if (way === "forward") return [`Forward, ${name}: each unit weighs what comes from below.`, ...units.map((u) => `  ${unitName(n, u)}: a = ${products(batch, n, u, x)} = ${number(layer.a[0][u], 5)}, ${layer.activation}(a) = ${number(layer.h[0][u], 5)}`)];
    if (way === "loss") return [`The loss compares the output ${number(batch.layers[batch.layers.length - 1].h[0][0], 5)} with the target ${number(batch.targets[0])}; its mean over the batch of ${batch.size} is ${number(batch.loss, 5)}.`];
    if (way === "backward") return [`Backward, ${name}: upstream × local = δ.`, ...units.map((u) => `  ${unitName(n, u)}: ${number(upstreamOf(n, u), 5)} × ${number(slopeAt(layer, u), 5)} = ${number(layer.delta[0][u], 5)}; over the whole batch dL/dw = [${layer.dW[u].map((g) => number(g, 4)).join(", ")}], dL/db = ${number(layer.db[u], 4)}`)];
    return [`The step (${config.optimizer}, learning rate ${config.learning_rate}): every weight against its gradient.`, ...batch.layers.flatMap(({ W }, l) => W.map((row, u) => `  ${unitName(l, u)}: ${row.map((w, i) => `${number(w, 4)} → ${number(view.weights[l][u][i], 4)}`).join(",  ")}`))];
  }
  function drawBatch() {
    if (!batch) {
      if (!batchBox.querySelector("input")) batchBox.replaceChildren();
      return;
    }
    const all = stages(), stepping = el("div", { class: "nn-row" },
      button("◀ Layer back", () => { stage = stage ? stage - 1 : null; draw(); batchBox.querySelector("button:not(:disabled)").focus(); }, { disabled: stage === null }),
      button("Layer forward ▶", () => { stage = stage === null ? 0 : stage + 1; draw(); [...batchBox.querySelectorAll("button:not(:disabled)")].pop().focus(); }, { disabled: stage === all.length - 1 }),
      el("span", { role: "status" }, stage === null ? "step through it, layer by layer" : `${stage + 1} of ${all.length}`));
    const [n, u] = chosen[0] < batch.layers.length ? chosen : [0, 0];
    const layer = batch.layers[n], x = n ? batch.layers[n - 1].h[0] : batch.inputs[0], upstream = upstreamOf(n, u), a = layer.a[0][u];
    const lines = [`Mini-batch of ${batch.size}, loss ${number(batch.loss, 5)}. Its first example: ${config.features.map((f, i) => `${f} = ${number(batch.inputs[0][i])}`).join(", ")}; target ${number(batch.targets[0])}.`];
    if (stage !== null) lines.push(...stageLines(all[stage]));
    else lines.push(
      `${unitName(n, u)} (press another unit for its numbers):`,
      `  forward    a = ${products(batch, n, u, x)} = ${number(a, 5)}`,
      `             h = ${layer.activation}(${number(a, 5)}) = ${number(layer.h[0][u], 5)}`,
      batch.layers[n + 1] ? `  backward   upstream = Σ weight·δ of the layer above = ${number(upstream, 5)}` : "  backward   the upstream gradient comes from the loss, which averages over the batch",
      `             δ = upstream × local = ${number(upstream, 5)} × ${number(slopeAt(layer, u), 5)} = ${number(layer.delta[0][u], 5)}`,
      `             dL/dw = Σ over the batch of δ·input = [${layer.dW[u].map((g) => number(g, 4)).join(", ")}], dL/db = ${number(layer.db[u], 4)}`);
    batchBox.replaceChildren(el("h4", {}, "One mini-batch, forward and back"), stepping, el("div", { class: "nn-numbers" }, lines.join("\n")));
  }
  function drawNumbers() {
    if (!numbers.parentElement.open) return;
    numbers.replaceChildren(...view.weights.map((rows, n) => el("div", { class: "nn-scroll" }, el("h4", {}, n + 1 < view.weights.length ? `layer ${n + 1}: weights, bias` : "output: weights, bias"),
      el("table", {}, rows.map((row, r) => el("tr", {}, row.map((w) => el("td", {}, number(w, 4))), el("td", {}, number(view.biases[n][r], 4))))))));
  }
  numbers.parentElement.addEventListener("toggle", () => view && drawNumbers());
  const ready = restart();
  return { ready, stop: pause, restart, get config() { return config; }, get view() { return view; } };
}
