// What the playground can be set to, and plain words for what it cannot.

const DEFAULTS = {
  problem: "circle", points: null, noise: 0, train_ratio: 0.5, seed: 0, features: ["x", "y"], hidden: [4, 3],
  activations: ["tanh", "tanh"], loss: "binary_cross_entropy", optimizer: "sgd", learning_rate: 0.1, momentum: 0.9,
  batch: 10, regularizer: "none", strength: 0.001, initializer: "default", weights: null, biases: null,
};
const CHOICES = {
  problem: ["circle", "xor", "gaussians", "spirals", "plane", "regression_gaussians", "own"],
  loss: ["binary_cross_entropy", "squared_error"],
  optimizer: ["sgd", "momentum", "nesterov", "adam"],
  regularizer: ["none", "l1", "l2"],
  initializer: ["default", "zeros", "uniform", "normal", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "given"],
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
  if (config.weights) {
    checkNetwork(config);
    config.initializer = "given";
  } else if (config.initializer === "given") config.initializer = "default";
  if (config.problem === "own" && !config.points) config.problem = "circle";
  if (config.problem !== "own") config.points = null;
  if (REGRESSIONS.includes(config.problem)) config.loss = "squared_error";
  return config;
}

function checkNetwork({ weights, biases, features, hidden }) {
  // Throws an Error unless the given weights, matrices (outputs, inputs), and biases are of this network.
  const sizes = [features.length, ...hidden, 1], of = (list, n) => Array.isArray(list) && list.length === n;
  const fits = of(weights, sizes.length - 1) && of(biases, sizes.length - 1) && weights.every((W, i) => of(W, sizes[i + 1]) && of(biases[i], W.length) && W.every((row) => of(row, sizes[i])));
  if (!fits || ![...weights.flat(2), ...biases.flat()].every(Number.isFinite)) throw new Error(`the given weights are not those of a network with layers of ${sizes.join(", ")}`);
}

function withoutNetwork(config, change) {
  // What a change means for given weights: another shape, or another start, leaves them behind.
  if (!config.weights || !["features", "hidden", "initializer"].some((name) => name in change && String(change[name]) !== String(config[name]))) return change;
  return { initializer: "default", ...change, weights: null, biases: null };
}
