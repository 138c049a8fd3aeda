// The run as a program: plain Python that trains the same network to the same weights.

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
const reals = (value) => (Array.isArray(value) ? `[${value.map(reals).join(", ")}]` : real(value));

function asCode(config, epochs, steps = null, events = []) {
  // Plain nn_lib code that trains this network for so many epochs, to the same weights. Where a hand changed something
  // under way, or an epoch is not finished, it goes mini-batch by mini-batch.
  const { seed, momentum, learning_rate } = config, rate = real(learning_rate);
  const size = trainingSize(config);
  const data = dataLines(config, size);
  const signed = !REGRESSIONS.includes(config.problem) && config.loss === "squared_error";
  const optimizer = {
    sgd: `SGD(${rate})`, momentum: `SGD(${rate}, momentum=${real(momentum)})`,
    nesterov: `SGD(${rate}, momentum=${real(momentum)}, nesterov=${momentum > 0 ? "True" : "False"})`, adam: `Adam(${rate})`,
  }[config.optimizer];
  let extras = config.initializer === "default" || config.weights ? "" : `, initializer='${config.initializer}'`;
  if (config.regularizer !== "none") extras += `, regularizer=${config.regularizer.toUpperCase()}(${real(config.strength)})`;
  const batchwise = events.length > 0 || (steps !== null && steps !== epochs * Math.ceil(size / config.batch));
  const names = [config.regularizer === "l1" && "L1", config.regularizer === "l2" && "L2", "MLP", config.optimizer === "adam" ? null : "SGD", config.optimizer === "adam" && "Adam", "datasets", batchwise ? "minibatches" : "fit"].filter(Boolean);
  names.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const start = [
    "import numpy as np", "", `from nn_lib import ${names.join(", ")}`, "", ...data, "", "",
    "def features(split):", "    x, y = split.inputs[:, 0], split.inputs[:, 1]",
    `    return datasets.Split(np.column_stack([${config.features.map((f) => CODE[f]).join(", ")}]), ${signed ? "2.0 * split.labels - 1.0" : "split.labels"})`, "", "",
    `model = MLP(${python([config.features.length, ...config.hidden, 1])}, ${python(config.activations)}, '${config.loss}', seed=${seed}${extras})`,
    ...(config.weights || []).flatMap((W, n) => [`model.fully_connected[${n}].W[...] = ${reals(W)}`, `model.fully_connected[${n}].b[...] = ${reals(config.biases[n])}`]),
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

const trainingSize = ({ train_ratio, points, problem }) => Math.max(1, roundHalfEven(train_ratio * (points?.length ?? (REGRESSIONS.includes(problem) ? 1200 : 500))));

function dataLines(config, size) {
  return config.problem === "own" ? [
    `points = np.array(${python(config.points)}, dtype=float)`,
    `order = np.random.default_rng(${config.seed}).permutation(len(points))`,
    `first, second = np.split(order, [${size}])`,
    "parts = [datasets.Split(points[i, :2], points[i, 2]) for i in (first, second)]",
    "data = datasets.Dataset(parts[0], parts[1], 2)",
  ] : [`data = datasets.${config.problem}(noise=${real(config.noise)}, train_ratio=${real(config.train_ratio)}, seed=${config.seed})`];
}

const NOT_IN_NUMPY = "PReLU learns slopes of its own, which this program in NumPy leaves out; in nn_lib it is complete.";
// Value and slope of each activation as nn_lib computes them, in a and h = value(a).
const FORMULAS = {
  linear: ["a", "1.0"], tanh: ["np.tanh(a)", "4.0 * np.exp(-np.abs(2.0 * a)) / (1.0 + np.exp(-np.abs(2.0 * a))) ** 2"], relu: ["np.maximum(a, 0.0)", "a > 0.0"],
  sigmoid: ["np.maximum(np.exp(-np.abs(a)), a >= 0.0) / (1.0 + np.exp(-np.abs(a)))", "np.exp(-np.abs(a)) / (1.0 + np.exp(-np.abs(a))) ** 2"],
  leaky_relu: ["a * np.where(a > 0.0, 1.0, 0.01)", "np.where(a > 0.0, 1.0, 0.01)"],
  elu: ["np.maximum(a, 0.0) + np.expm1(np.minimum(a, 0.0))", "np.where(a > 0.0, 1.0, np.exp(np.minimum(a, 0.0)))"],
  softplus: ["np.logaddexp(0.0, a)", "-np.expm1(-h)"], softsign: ["a / (1.0 + np.abs(a))", "1.0 / (1.0 + np.abs(a)) ** 2"],
  hard_tanh: ["np.clip(a, -1.0, 1.0)", "(a > -1.0) & (a < 1.0)"],
};
const HE = ["relu", "leaky_relu", "prelu", "elu", "softplus"];

function asNumpy(config, epochs, steps = null, events = []) {
  // The same run in NumPy alone but for its data, to the same weights, to the last digit; "" with PReLU.
  const names = [...config.activations, "linear"], { optimizer, batch, seed } = config;
  if (names.includes("prelu")) return "";
  const signed = !REGRESSIONS.includes(config.problem) && config.loss === "squared_error", labels = "data.train.labels.astype(float).reshape(-1, 1)";
  const sizes = [config.features.length, ...config.hidden, 1], strength = real(config.strength), momentum = real(config.momentum);
  const upstream = config.loss === "binary_cross_entropy" ? [
    "z, t, e = h[-1], Y[batch], np.exp(-np.abs(h[-1]))  # the loss's gradient: sigmoid(z) - t",
    "upstream = ((1.0 - t) * np.maximum(e, z >= 0.0) - t * np.maximum(e, z <= 0.0)) / (1.0 + e) * (1.0 / len(batch))",
  ] : ["upstream = (h[-1] - Y[batch]) * (1.0 / len(batch))  # the loss's gradient"], count = names.length, remembers = optimizer !== "sgd";
  const penalty = { none: [], l1: [`dW += np.sign(W[n]) * ${strength}`], l2: [`dW += W[n] * ${strength}`] }[config.regularizer];
  const move = {
    sgd: ["p -= g * rate"],
    momentum: [`v *= ${momentum}`, "v -= g * rate", "p += v"],
    nesterov: [`v *= ${momentum}`, "v -= g * rate", "p -= g * rate", `p += v * ${momentum}`],
    adam: [
      "v[0] *= 0.9", "v[0] += g * (1.0 - 0.9)", "v[1] *= 0.999", "v[1] += g * g * (1.0 - 0.999)",
      "root = np.sqrt(v[1]) * (1.0 / (1.0 - 0.999 ** (step + 1)) ** 0.5) + 1e-8", "p -= v[0] / root * (rate / (1.0 - 0.9 ** (step + 1)))",
    ],
  }[optimizer];
  const zeros = optimizer === "adam" ? "np.zeros((2, *p.shape))" : "np.zeros_like(p)", total = steps ?? epochs * Math.ceil(trainingSize(config) / batch);
  // What a hand changed, before the step at which it did; the last changes may come after all of them.
  const said = ({ layer, row, column, value, learning_rate: rate }) => (rate !== undefined ? `rate = ${real(rate)}` : `${column < 0 ? `b[${layer}][${row}]` : `W[${layer}][${row}, ${column}]`} = ${real(value)}`);
  const moments = [...new Set(events.map(({ step }) => step))], at = (moment) => events.filter(({ step }) => step === moment).map(said), indented = (lines) => lines.map((line) => `    ${line}`);
  return [
    "import numpy as np", "from nn_lib import datasets  # for the points alone", "", ...dataLines(config, trainingSize(config)),
    "x, y = data.train.inputs.T",
    `X, Y = np.column_stack([${config.features.map((f) => CODE[f]).join(", ")}]), ${signed ? `2.0 * ${labels} - 1.0` : labels}`,
    `rng, rate = np.random.default_rng(${seed}), ${real(config.learning_rate)}`,
    `W = [${(config.weights ? config.weights.map((W) => `np.array(${reals(W)})`) : names.map((name, i) => firstWeights(config.initializer, name, sizes[i], sizes[i + 1]))).join(", ")}]`,
    `b = [${(config.biases ? config.biases.map((b) => `np.array(${reals(b)})`) : sizes.slice(1).map((n) => `np.zeros(${n})`)).join(", ")}]`,
    `value = [${names.map((name) => `lambda a: ${FORMULAS[name][0]}`).join(", ")}]`,
    `slope = [${names.map((name) => `lambda a, h: ${FORMULAS[name][1]}`).join(", ")}]`,
    ...(remembers ? [`vW, vb = [${zeros} for p in W], [${zeros} for p in b]`] : []),
    `rng, batches = np.random.default_rng(${seed}), []`, `for step in range(${total}):`,
    ...indented([
      ...moments.filter((moment) => moment < total).flatMap((moment) => [`if step == ${moment}:`, ...indented(at(moment))]),
      "if not batches:", `    batches = np.split(rng.permutation(len(X)), range(${batch}, len(X), ${batch}))`, "batch = batches.pop(0)",
      "a, h = [], [X[batch]]", `for n in range(${count}):  # forward`, "    a.append(h[n].dot(W[n].T) + b[n])", "    h.append(value[n](a[n]))",
      ...upstream, `for n in reversed(range(${count})):  # backward`,
      ...indented([
        "delta = upstream * slope[n](a[n], h[n + 1])", "dW, db = delta.T @ h[n], delta.sum(axis=0)", "upstream = delta.dot(W[n])", ...penalty,
        remembers ? "for p, g, v in ((W[n], dW, vW[n]), (b[n], db, vb[n])):" : "for p, g in ((W[n], dW), (b[n], db)):", ...indented(move),
      ]),
    ]),
    ...moments.filter((moment) => moment >= total).flatMap(at), "",
  ].join("\n");
}

function firstWeights(initializer, activation, inputs, outputs) {
  // The first weights of a layer, as Python draws them.
  const shape = `(${outputs}, ${inputs})`, name = initializer === "default" ? (HE.includes(activation) ? "he_normal" : "xavier_normal") : initializer;
  const known = { zeros: `np.zeros(${shape})`, uniform: `rng.uniform(-0.05, 0.05, ${shape})`, normal: `rng.normal(0.0, 0.01, ${shape})` }[name];
  if (known) return known;
  const fan = name.startsWith("he") ? inputs : inputs + outputs;
  return name.endsWith("uniform") ? `rng.uniform(-np.sqrt(6.0 / ${fan}), np.sqrt(6.0 / ${fan}), ${shape})` : `rng.normal(0.0, np.sqrt(2.0 / ${fan}), ${shape})`;
}
