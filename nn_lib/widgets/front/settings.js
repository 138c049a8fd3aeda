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
  if (name === "features" && (!value.length || value.some((f) => !FEATURES[f]))) throw new Error(`features must be at least one of ${Object.keys(FEATURES).join(", ")}`);
  if (name === "hidden" && (value.length > 12 || value.some((n) => !Number.isInteger(n) || n < 1 || n > 64))) throw new Error("hidden must be up to 12 layers of 1 to 64 neurons");
  if (name === "activations" && value.some((a) => !ACTIVATIONS[a])) throw new Error(`activations must be out of ${Object.keys(ACTIVATIONS).join(", ")}`);
  return value;
}

function completeConfig(given) {
  const config = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS)) throw new Error(`there is no setting “${name}”; there are ${Object.keys(DEFAULTS).join(", ")}`);
    config[name] = checkSetting(name, value);
  }
  config.activations = config.hidden.map((_, i) => config.activations[i] || "tanh");
  if (config.problem === "own" && !config.points) config.problem = "circle";
  if (config.problem !== "own") config.points = null;
  if (REGRESSIONS.includes(config.problem)) config.loss = "squared_error";
  return config;
}

function toLink(config) {
  // Only what differs from the defaults, as key=value pairs a reader can understand.
  const parts = [];
  for (const [name, value] of Object.entries(config)) {
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name]) || value === null) continue;
    const text = name === "points" ? value.map((p) => p.map((v) => Number(v.toFixed(3))).join(" ")).join(";") : Array.isArray(value) ? value.join(",") : value;
    parts.push(`${name}=${encodeURIComponent(text)}`);
  }
  return parts.join("&");
}

function fromLink(text) {
  // { config, problem }: what could be read, and in words what could not.
  const given = {}, problems = [], hide = [];
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("="), name = part.slice(0, at);
    try {
      const value = decodeURIComponent(part.slice(at + 1));
      if (name === "hide") {
        hide.push(...value.split(","));
        continue;
      }
      if (at < 1 || !(name in DEFAULTS)) throw new Error(`there is no setting “${(at < 1 ? part : name).slice(0, 40)}”`);
      const read = RANGES[name] ? (value.trim() === "" ? NaN : Number(value)) : name === "points" ? readPoints(value.replaceAll(";", "\n").replaceAll(" ", ",")) : name === "hidden" ? (value ? value.split(",").map(Number) : []) : Array.isArray(DEFAULTS[name]) ? (value ? value.split(",") : []) : value;
      given[name] = name === "points" ? read : checkSetting(name, read);
    } catch (error) {
      problems.push(error.message);
    }
  }
  const config = completeConfig(given);
  return { config, hide, problem: problems.length ? `Part of the link could not be read and was left out: ${problems.join("; ")}.` : "" };
}

function readPoints(text) {
  // Lines "x,y,class". Throws an Error naming the line.
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const points = [];
  if (lines.length > MOST_POINTS + 1) throw new Error(`that is ${lines.length.toLocaleString("en")} lines; the playground draws up to ${MOST_POINTS.toLocaleString("en")} points. Give it a part of them`);
  lines.forEach((line, n) => {
    if (!line) return;
    const cells = line.split(/[,;\t ]+/).filter(Boolean), values = cells.map(Number);
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

function asCode(config, epochs) {
  // Plain nn_lib code that trains this network for so many epochs, to the same weights.
  const { seed, train_ratio, momentum, learning_rate } = config, ratio = real(train_ratio), rate = real(learning_rate);
  const data = config.problem === "own" ? [
    `points = np.array(${python(config.points)}, dtype=float)`,
    `order = np.random.default_rng(${seed}).permutation(len(points))`,
    `first, second = np.split(order, [round(${ratio} * len(points))])`,
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
  const names = [config.regularizer === "l1" && "L1", config.regularizer === "l2" && "L2", "MLP", config.optimizer === "adam" ? null : "SGD", config.optimizer === "adam" && "Adam", "datasets", "fit"].filter(Boolean);
  return [
    "import numpy as np", "", `from nn_lib import ${names.join(", ")}`, "", ...data, "", "",
    "def features(split):", "    x, y = split.inputs[:, 0], split.inputs[:, 1]",
    `    return datasets.Split(np.column_stack([${config.features.map((f) => CODE[f]).join(", ")}]), ${signed ? "2.0 * split.labels - 1.0" : "split.labels"})`, "", "",
    `model = MLP(${python([config.features.length, ...config.hidden, 1])}, ${python(config.activations)}, '${config.loss}', seed=${seed}${extras})`,
    `fit(model, features(data.train), optimizer=${optimizer}, epochs=${epochs},`,
    `    batch_size=${config.batch}, validation=features(data.test), seed=${seed})`, "",
  ].join("\n");
}
