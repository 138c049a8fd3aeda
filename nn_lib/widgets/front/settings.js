// What the playground can be set to, and plain words for what it cannot.

const DEFAULTS = {
  problem: "circle", points: null, noise: 0, train_ratio: 0.5, seed: 0, features: ["x", "y"], hidden: [4, 2],
  activations: ["tanh", "tanh"], loss: "binary_cross_entropy", optimizer: "sgd", learning_rate: 0.1, momentum: 0.9,
  batch: 10, regularizer: "none", strength: 0.001, initializer: "default",
};
const CHOICES = {
  problem: ["circle", "xor", "gaussians", "spirals", "plane", "regression_gaussians", "own"],
  loss: ["binary_cross_entropy", "squared_error"],
  optimizer: ["sgd", "momentum", "nesterov", "adam"],
  regularizer: ["none", "l1", "l2"],
  initializer: ["default", "zeros", "uniform", "normal", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal"],
};
const RANGES = {
  noise: [0, 0.5], train_ratio: [0.1, 0.9], seed: [0, 2 ** 53, true], learning_rate: [1e-6, 100], momentum: [0, 0.999],
  batch: [1, 10000, true], strength: [0, 100],
};
const MOST_POINTS = 20000;

function checkSetting(name, value) {
  // The value, or an Error that names the setting, the value and what it can be.
  if (CHOICES[name] && !CHOICES[name].includes(value)) throw new Error(`${name} cannot be “${value}”; choose one of ${CHOICES[name].join(", ")}`);
  if (RANGES[name]) {
    const [low, high, whole] = RANGES[name];
    if (typeof value !== "number" || !(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      throw new Error(`${name} must be ${whole ? "a whole number" : "a number"} from ${low} to ${high}, not “${value}”`);
  }
  if (name === "features" && (!value.length || value.some((f) => !Object.hasOwn(FEATURES, f)))) throw new Error(`features must be at least one of ${Object.keys(FEATURES).join(", ")}`);
  if (name === "hidden" && (value.length > 12 || value.some((n) => !Number.isInteger(n) || n < 1 || n > 64))) throw new Error("hidden must be up to 12 layers of 1 to 64 neurons");
  if (name === "activations" && value.some((a) => !Object.hasOwn(ACTIVATIONS, a))) throw new Error(`activations must be out of ${Object.keys(ACTIVATIONS).join(", ")}`);
  return value;
}

function completeConfig(given) {
  const config = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw new Error(`there is no setting “${name}”; there are ${Object.keys(DEFAULTS).join(", ")}`);
    config[name] = checkSetting(name, value);
  }
  config.activations = config.hidden.map((_, i) => config.activations[i] || "tanh");
  if (config.problem === "own" && !config.points) config.problem = "circle";
  if (config.problem !== "own") config.points = null;
  if (REGRESSIONS.includes(config.problem)) config.loss = "squared_error";
  return config;
}

const SHOWN = ["test points", "two colours", "gradients"];

function toLink(config, show = [], hide = []) {
  // Only what differs from the defaults, as key=value pairs a reader can understand.
  const parts = [];
  for (const [name, value] of Object.entries(config)) {
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name]) || value === null) continue;
    const text = name === "points" ? value.map((p) => p.join(" ")).join(";") : Array.isArray(value) ? value.join(",") : value;
    parts.push(`${name}=${encodeURIComponent(text)}`);
  }
  for (const [name, list] of [["show", show], ["hide", hide]]) if (list.length) parts.push(`${name}=${encodeURIComponent(list.join(","))}`);
  return parts.join("&");
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`“${text.slice(0, 40)}” is damaged`);
  }
}

function fromLink(text) {
  // { config, problem }: what could be read, and in words what could not.
  const given = {}, problems = [], hide = [], show = [];
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("="), name = part.slice(0, at);
    try {
      const value = decoded(part.slice(at + 1));
      if (name === "hide") {
        hide.push(...value.split(","));
        continue;
      }
      if (name === "show") {
        show.push(...value.split(",").filter((one) => SHOWN.includes(one)));
        if (show.length < value.split(",").length) throw new Error(`show can be out of ${SHOWN.join(", ")}, not “${value.slice(0, 40)}”`);
        continue;
      }
      if (at < 1 || !Object.hasOwn(DEFAULTS, name)) throw new Error(`there is no setting “${(at < 1 ? part : name).slice(0, 40)}”`);
      const read = RANGES[name] ? (value.trim() === "" ? NaN : Number(value)) : name === "points" ? readPoints(value.replaceAll(";", "\n").replaceAll(" ", ",")) : name === "hidden" ? (value ? value.split(",").map(Number) : []) : Array.isArray(DEFAULTS[name]) ? (value ? value.split(",") : []) : value;
      given[name] = name === "points" ? read : checkSetting(name, read);
    } catch (error) {
      problems.push(error.message);
    }
  }
  if (given.problem === "own" && !given.points && !problems.length) problems.push("your own points are not in it");
  const config = completeConfig(given);
  return { config, hide, show, problem: problems.length ? `Part of the link could not be read and was left out: ${problems.join("; ")}.` : "" };
}

function readPoints(text) {
  // Lines "x,y,class". Throws an Error naming the line.
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const points = [];
  if (lines.length > MOST_POINTS + 1) throw new Error(`that is ${lines.length.toLocaleString("en")} lines; the playground draws up to ${MOST_POINTS.toLocaleString("en")} points. Give it a part of them`);
  lines.forEach((line, n) => {
    if (!line) return;
    const cells = line.replaceAll('"', "").split(/[,;\t ]+/).filter(Boolean), values = cells.map(Number);
    if (n === 0 && values.every(Number.isNaN)) return; // a header
    if (cells.length !== 3) throw new Error(`line ${n + 1} has ${cells.length} columns; each line is x, y, class`);
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new Error(`line ${n + 1}: “${cells[bad].slice(0, 20)}” is not a number`);
    if (values[2] !== 0 && values[2] !== 1) throw new Error(`line ${n + 1}: the class must be 0 or 1, not ${values[2]}`);
    points.push(values);
  });
  if (points.length < 4) throw new Error("at least four points are needed, one a line: x, y, class");
  if (new Set(points.map((p) => p[2])).size < 2) throw new Error("there is one class only; there is nothing to tell apart");
  return points;
}

function intoThePicture(points) {
  // Points that the picture would not show, or show as one dot, are moved and scaled into it; `note` says how.
  const far = Math.max(...points.map(([x, y]) => Math.max(Math.abs(x), Math.abs(y))));
  if (far <= REACH && far >= 0.5) return { points, note: "" };
  const axes = [0, 1].map((k) => {
    const low = points.reduce((least, p) => Math.min(least, p[k]), Infinity), high = points.reduce((most, p) => Math.max(most, p[k]), -Infinity);
    return { middle: Number(((low + high) / 2).toPrecision(4)), unit: Number(((high - low) / 10 || 1).toPrecision(4)) };
  });
  const words = axes.map(({ middle, unit }, k) => `${"xy"[k]} = (your ${"xy"[k]} − ${middle}) / ${unit}`.replace("− -", "+ "));
  return {
    points: points.map((p) => [...axes.map(({ middle, unit }, k) => Number(((p[k] - middle) / unit).toPrecision(6))), p[2]]),
    note: `The picture shows −${REACH} to ${REACH}; your points were moved into it: ${words.join(", ")}.`,
  };
}

const CODE = { x: "x", y: "y", "x²": "x * x", "y²": "y * y", "xy": "x * y", "sin x": "np.sin(x)", "sin y": "np.sin(y)" };

function python(value) {
  // A value as Python writes it.
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "string") return `'${value}'`;
  return String(value);
}
const real = (value) => {
  // A float as Python writes it: 1.0, 0.001, 1e-05.
  const text = Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
  return value !== 0 && Math.abs(value) < 1e-4 && !text.includes("e") ? value.toExponential().replace(/e-(\d)$/, "e-0$1") : text.replace(/e-(\d)$/, "e-0$1");
};

function asCode(config, epochs, steps = null, events = []) {
  // Plain nn_lib code that trains this network for so many epochs, to the same weights. Where a hand changed something
  // under way, or an epoch is not finished, it goes mini-batch by mini-batch.
  const { seed, train_ratio, momentum, learning_rate } = config, ratio = real(train_ratio), rate = real(learning_rate);
  const size = Math.max(1, roundHalfEven(train_ratio * (config.points?.length ?? (REGRESSIONS.includes(config.problem) ? 1200 : 500))));
  const data = config.problem === "own" ? [
    `points = np.array(${python(config.points)}, dtype=float)`,
    `order = np.random.default_rng(${seed}).permutation(len(points))`,
    `first, second = np.split(order, [${size}])`,
    "parts = [datasets.Split(points[i, :2], points[i, 2]) for i in (first, second)]",
    "data = datasets.Dataset(parts[0], parts[1], 2)",
  ] : [`data = datasets.${config.problem}(noise=${real(config.noise)}, train_ratio=${ratio}, seed=${seed})`];
  const signed = !REGRESSIONS.includes(config.problem) && config.loss === "squared_error";
  const optimizer = {
    sgd: `SGD(${rate})`, momentum: `SGD(${rate}, momentum=${real(momentum)})`,
    nesterov: `SGD(${rate}, momentum=${real(momentum)}, nesterov=${momentum > 0 ? "True" : "False"})`, adam: `Adam(${rate})`,
  }[config.optimizer];
  let extras = config.initializer === "default" ? "" : `, initializer='${config.initializer}'`;
  if (config.regularizer !== "none") extras += `, regularizer=${config.regularizer.toUpperCase()}(${real(config.strength)})`;
  const batchwise = events.length > 0 || (steps !== null && steps !== epochs * Math.ceil(size / config.batch));
  const names = [config.regularizer === "l1" && "L1", config.regularizer === "l2" && "L2", "MLP", config.optimizer === "adam" ? null : "SGD", config.optimizer === "adam" && "Adam", "datasets", batchwise ? "minibatches" : "fit"].filter(Boolean);
  names.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const start = [
    "import numpy as np", "", `from nn_lib import ${names.join(", ")}`, "", ...data, "", "",
    "def features(split):", "    x, y = split.inputs[:, 0], split.inputs[:, 1]",
    `    return datasets.Split(np.column_stack([${config.features.map((f) => CODE[f]).join(", ")}]), ${signed ? "2.0 * split.labels - 1.0" : "split.labels"})`, "", "",
    `model = MLP(${python([config.features.length, ...config.hidden, 1])}, ${python(config.activations)}, '${config.loss}', seed=${seed}${extras})`,
  ];
  if (!batchwise) return [...start,
    `fit(model, features(data.train), optimizer=${optimizer}, epochs=${epochs},`,
    `    batch_size=${config.batch}, validation=features(data.test), seed=${seed})`, "",
  ].join("\n");
  const lines = [...start,
    `train, optimizer = features(data.train), ${optimizer}`, `rng, batches = np.random.default_rng(${seed}), []`, "", "",
    "def steps(count):", "    for _ in range(count):", "        if not batches:", `            batches.extend(minibatches(len(train), ${config.batch}, rng))`,
    "        batch = batches.pop(0)", "        model.loss(train.inputs[batch], train.labels[batch])", "        optimizer.step(model.parameters, model.backward())", "", "",
  ];
  let done = 0;
  const upTo = (step) => {
    if (step > done) lines.push(`steps(${step - done})`);
    done = step;
  };
  for (const { step, layer, row, column, value, learning_rate: next } of events) {
    upTo(step);
    lines.push(next !== undefined ? `optimizer.learning_rate = ${real(next)}` : column < 0 ? `model.fully_connected[${layer}].b[${row}] = ${real(value)}` : `model.fully_connected[${layer}].W[${row}, ${column}] = ${real(value)}`);
  }
  upTo(steps);
  return [...lines, ""].join("\n");
}
const ORDER = ["L1", "L2", "MLP", "SGD", "Adam", "datasets", "fit", "minibatches"];
