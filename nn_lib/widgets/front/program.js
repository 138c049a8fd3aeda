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
