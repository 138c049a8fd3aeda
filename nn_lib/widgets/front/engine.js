// The engine of the page: nn_lib's playground in JavaScript, number for number (the tests compare them).
// Matrices are rows of Float64Array: one row an example.

const GRID = 100;
const REACH = 6;
const SHOWN_DELTAS = 300;

// As in nn_lib: exact in both tails.
const sigmoidAt = (x) => (x >= 0 ? 1 : Math.exp(x)) / (1 + Math.exp(-Math.abs(x)));

const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  sigmoid: [sigmoidAt, (x) => sigmoidAt(x) * sigmoidAt(-x)],
  tanh: [Math.tanh, (x) => 4 * sigmoidAt(2 * x) * sigmoidAt(-2 * x)],
  hard_tanh: [(x) => Math.min(1, Math.max(-1, x)), (x) => (x > -1 && x < 1 ? 1 : 0)],
  softsign: [(x) => x / (1 + Math.abs(x)), (x) => 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)))],
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  prelu: [(x, s = 0.25) => (x > 0 ? x : s * x), (x, y, s = 0.25) => (x > 0 ? 1 : s)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoidAt],
};

const FEATURES = {
  x: (x, y) => x,
  y: (x, y) => y,
  "x²": (x, y) => x * x,
  "y²": (x, y) => y * y,
  "xy": (x, y) => x * y,
  "sin x": (x, y) => Math.sin(x),
  "sin y": (x, y) => Math.sin(y),
};

// The shapes of nn_lib.datasets, from the same random numbers in the same order: points [x, y] and labels.
const SHAPES = {
  circle(rng, n, noise) {
    const half = Math.floor(n / 2), inner = rng.uniform(0, 2.5, n), outer = rng.uniform(3.5, 5, n);
    const angle = rng.uniform(0, 2 * Math.PI, n), shift = pairs(rng.uniform(-5, 5, 2 * n));
    const points = Array.from(angle, (t, i) => {
      const radius = i < half ? inner[i] : outer[i];
      return [radius * Math.sin(t), radius * Math.cos(t)];
    });
    const labels = points.map(([x, y], i) => (Math.hypot(x + noise * shift[i][0], y + noise * shift[i][1]) < 2.5 ? 1 : 0));
    return { points, labels };
  },
  xor(rng, n, noise) {
    const points = pairs(rng.uniform(-5, 5, 2 * n)).map((p) => p.map((v) => v + (v > 0 ? 0.3 : -0.3)));
    const shift = pairs(rng.uniform(-5, 5, 2 * n));
    return { points, labels: points.map(([x, y], i) => ((x + noise * shift[i][0]) * (y + noise * shift[i][1]) >= 0 ? 1 : 0)) };
  },
  gaussians(rng, n, noise) {
    const half = Math.floor(n / 2), width = Math.sqrt(0.5 + 7 * noise), normal = pairs(rng.normal(0, 1, 2 * n));
    const points = normal.map((p, i) => p.map((v) => (i < half ? 2 : -2) + width * v));
    return { points, labels: points.map((_, i) => (i < half ? 1 : 0)) };
  },
  spirals(rng, n, noise) {
    const half = Math.floor(n / 2), labels = Array.from({ length: n }, (_, i) => (i < half ? 1 : 0));
    const points = labels.map((label, i) => {
      const along = i < half ? i / half : (i - half) / (n - half);
      const angle = 1.75 * along * 2 * Math.PI + (label ? 0 : Math.PI);
      return [5 * along * Math.sin(angle), 5 * along * Math.cos(angle)];
    });
    const shift = pairs(rng.uniform(-1, 1, 2 * n));
    return { points: points.map(([x, y], i) => [x + noise * shift[i][0], y + noise * shift[i][1]]), labels };
  },
  plane(rng, n, noise) {
    const points = pairs(rng.uniform(-6, 6, 2 * n)), shift = pairs(rng.uniform(-6, 6, 2 * n));
    return { points, labels: points.map(([x, y], i) => (x + noise * shift[i][0] + (y + noise * shift[i][1])) / 10) };
  },
  regression_gaussians(rng, n, noise) {
    const points = pairs(rng.uniform(-6, 6, 2 * n)), shift = pairs(rng.uniform(-6, 6, 2 * n));
    const hills = [[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]];
    const labels = points.map(([x, y], i) => {
      let best = 0;
      for (const [u, v, sign] of hills) {
        const far = Math.hypot(x + noise * shift[i][0] - u, y + noise * shift[i][1] - v);
        const height = sign * Math.min(1, Math.max(0, 1 - far / 2));
        if (Math.abs(height) > Math.abs(best)) best = height;
      }
      return best;
    });
    return { points, labels };
  },
};
const REGRESSIONS = ["plane", "regression_gaussians"];

function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}

function makeData(config) {
  const rng = new Generator(config.seed);
  let points, labels;
  if (config.problem === "own") {
    points = config.points.map(([x, y]) => [x, y]);
    labels = config.points.map((point) => point[2]);
  } else {
    const n = REGRESSIONS.includes(config.problem) ? 1200 : 500;
    ({ points, labels } = SHAPES[config.problem](rng, n, config.noise));
  }
  const order = rng.permutation(points.length), cut = Math.max(1, roundHalfEven(config.train_ratio * points.length));
  const part = (indices) => ({
    points: Array.from(indices, (i) => points[i]),
    labels: Array.from(indices, (i) => labels[i]),
  });
  return { train: part(order.subarray(0, cut)), test: part(order.subarray(cut)) };
}

function roundHalfEven(value) {
  const low = Math.floor(value), rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

class Network {
  constructor(sizes, activations, initializer, seed, rng = new Generator(seed)) {
    this.layers = [];
    for (let i = 0; i + 1 < sizes.length; i++) {
      const inputs = sizes[i], outputs = sizes[i + 1], activation = activations[i] || "linear";
      const he = ["relu", "leaky_relu", "prelu", "elu", "softplus"].includes(activation);
      const name = initializer === "default" ? (he ? "he_normal" : "xavier_normal") : initializer;
      const fan = name.startsWith("he") ? inputs / 2 : (inputs + outputs) / 2;  // half of what a ReLU hears is silent
      const count = inputs * outputs;
      let W;
      if (name === "zeros") W = new Float64Array(count);
      else if (name === "uniform") W = rng.uniform(-0.05, 0.05, count);
      else if (name === "normal") W = rng.normal(0, 0.01, count);
      else if (name.endsWith("uniform")) W = rng.uniform(-Math.sqrt(3 / fan), Math.sqrt(3 / fan), count);
      else W = rng.normal(0, Math.sqrt(1 / fan), count);
      this.layers.push({
        inputs, outputs, activation, W, b: new Float64Array(outputs),
        dW: new Float64Array(count), db: new Float64Array(outputs),
        // PReLU alone has a slope per unit to learn.
        alpha: activation === "prelu" ? new Float64Array(outputs).fill(0.25) : null, dalpha: new Float64Array(outputs),
      });
    }
  }
  forward(rows) {
    // The pre-activations a and the outputs h of every layer.
    const trace = [{ h: rows }];
    for (const { inputs, outputs, activation, W, b, alpha } of this.layers) {
      const value = ACTIVATIONS[activation][0], below = trace[trace.length - 1].h;
      const a = new Array(below.length), h = new Array(below.length);
      for (let r = 0; r < below.length; r++) {
        const x = below[r], ar = new Float64Array(outputs), hr = new Float64Array(outputs);
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let i = 0, at = o * inputs; i < inputs; i++, at++) sum += W[at] * x[i];
          ar[o] = sum + b[o];
          hr[o] = alpha ? value(ar[o], alpha[o]) : value(ar[o]);
        }
        a[r] = ar;
        h[r] = hr;
      }
      trace.push({ a, h });
    }
    return trace;
  }
  maps(columns) {
    // Every unit's output at many points, which come feature by feature: one array a unit, not one a point.
    const units = [];
    for (const { inputs, outputs, activation, W, b, alpha } of this.layers) {
      const value = ACTIVATIONS[activation][0], below = columns;
      columns = Array.from({ length: outputs }, (_, o) => {
        const out = new Float64Array(below[0].length);
        for (let i = 0; i < inputs; i++) {
          const w = W[o * inputs + i], x = below[i];
          for (let r = 0; r < out.length; r++) out[r] += w * x[r];
        }
        for (let r = 0; r < out.length; r++) out[r] = alpha ? value(out[r] + b[o], alpha[o]) : value(out[r] + b[o]);
        return out;
      });
      units.push(...columns.map((column) => new Float32Array(column)));
    }
    return units;
  }
  backward(trace, upstream) {
    // Fills dW and db; returns delta, the gradient at the pre-activations, of every layer.
    const deltas = new Array(this.layers.length);
    let above = upstream;
    for (let n = this.layers.length - 1; n >= 0; n--) {
      const { inputs, outputs, activation, W, dW, db, alpha, dalpha } = this.layers[n];
      const slope = ACTIVATIONS[activation][1], { a, h } = trace[n + 1], below = trace[n].h;
      dW.fill(0);
      db.fill(0);
      dalpha.fill(0);
      const delta = new Array(above.length), down = n ? new Array(above.length) : null;
      for (let r = 0; r < above.length; r++) {
        const d = new Float64Array(outputs), x = below[r], dx = n ? new Float64Array(inputs) : null;
        for (let o = 0; o < outputs; o++) {
          const value = (d[o] = above[r][o] * (alpha ? slope(a[r][o], h[r][o], alpha[o]) : slope(a[r][o], h[r][o])));
          if (alpha && a[r][o] <= 0) dalpha[o] += above[r][o] * a[r][o];
          db[o] += value;
          for (let i = 0, at = o * inputs; i < inputs; i++, at++) {
            dW[at] += value * x[i];
            if (dx) dx[i] += value * W[at];
          }
        }
        delta[r] = d;
        if (dx) down[r] = dx;
      }
      deltas[n] = delta;
      above = down;
    }
    return deltas;
  }
}

const LOSSES = {
  binary_cross_entropy(outputs, targets) {
    let total = 0;
    const gradient = outputs.map((row, r) => {
      const z = row[0], y = targets[r];
      total += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
      return [((1 - y) * sigmoidAt(z) - y * sigmoidAt(-z)) / outputs.length];
    });
    return { loss: total / outputs.length, gradient };
  },
  squared_error(outputs, targets) {
    let total = 0;
    const gradient = outputs.map((row, r) => {
      const error = row[0] - targets[r];
      total += 0.5 * error * error;
      return [error / outputs.length];
    });
    return { loss: total / outputs.length, gradient };
  },
};

class PageEngine {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details = {}) {
    return this[what](details);
  }

  start({ config }) {
    this.config = config;
    this.data = makeData(config);
    const classes = !REGRESSIONS.includes(config.problem);
    this.classifies = classes;
    const target = (label) => (classes && config.loss === "squared_error" ? 2 * label - 1 : label);
    const features = config.features.map((name) => FEATURES[name]);
    this.rows = (points) => points.map(([x, y]) => Float64Array.from(features, (f) => f(x, y)));
    for (const part of [this.data.train, this.data.test]) {
      part.rows = this.rows(part.points);
      part.targets = part.labels.map(target);
    }
    const sizes = [features.length, ...config.hidden, 1];
    this.network = new Network(sizes, config.activations, config.initializer, config.seed);
    this.shuffles = new Generator(config.seed);
    this.memory = this.learned().map(([p]) => [new Float64Array(p.length), new Float64Array(p.length)]);
    this.epoch = this.steps = 0;
    this.batches = [];
    this.begun = config;
    this.events = []; // what a hand changed under way: the exported program repeats it
    const axis = Array.from({ length: GRID }, (_, i) => -REACH + (2 * REACH * i) / (GRID - 1));
    const places = axis.flatMap((_, row) => axis.map((x) => [x, axis[GRID - 1 - row]]));
    this.grid = features.map((f) => Float64Array.from(places, ([x, y]) => f(x, y)));
    return { ...this.view(), data: this.shown() };
  }
  shown() {
    const part = ({ points, labels }) => ({ points, labels });
    return { train: part(this.data.train), test: part(this.data.test) };
  }
  advance({ epochs = 1, deltas = false }) {
    for (let i = 0; i < epochs; i++) {
      const goal = this.epoch + 1;
      while (this.epoch < goal) this.batchStep(this.nextBatch());
    }
    return this.view(deltas);
  }
  nextBatch() {
    if (!this.batches.length) {
      const order = this.shuffles.permutation(this.data.train.rows.length);
      for (let at = 0; at < order.length; at += this.config.batch) this.batches.push(order.subarray(at, at + this.config.batch));
    }
    return this.batches.shift();
  }
  batchStep(indices) {
    const { train } = this.data;
    const rows = Array.from(indices, (i) => train.rows[i]), targets = Array.from(indices, (i) => train.targets[i]);
    const trace = this.network.forward(rows);
    const { loss, gradient } = LOSSES[this.config.loss](trace[trace.length - 1].h, targets);
    const deltas = this.network.backward(trace, gradient);
    const { regularizer, strength } = this.config;
    if (regularizer !== "none") {
      for (const { W, dW } of this.network.layers) {
        for (let i = 0; i < W.length; i++) dW[i] += strength * (regularizer === "l1" ? Math.sign(W[i]) : W[i]);
      }
    }
    const before = this.network.layers.map(({ W, b, alpha }) => ({ W: W.slice(), b: b.slice(), alpha: alpha && Array.from(alpha) }));
    this.move();
    if (!this.batches.length) this.epoch++;
    return { indices, rows, targets, trace, deltas, loss, before };
  }
  learned() {
    // Every parameter with its gradient, in nn_lib's order.
    const { layers } = this.network;
    return [...layers.flatMap(({ W, b, dW, db }) => [[W, dW], [b, db]]), ...layers.filter(({ alpha }) => alpha).map(({ alpha, dalpha }) => [alpha, dalpha])];
  }
  move() {
    this.steps++;
    const { optimizer, learning_rate: rate, momentum } = this.config;
    this.learned().forEach(([p, g], n) => {
      const [first, second] = this.memory[n];
      for (let i = 0; i < p.length; i++) {
        if (optimizer === "sgd") p[i] -= rate * g[i];
        else if (optimizer === "adam") {
          first[i] = 0.9 * first[i] + (1 - 0.9) * g[i];
          second[i] = 0.999 * second[i] + (1 - 0.999) * g[i] * g[i];
          const root = Math.sqrt(second[i]) / Math.sqrt(1 - 0.999 ** this.steps) + 1e-8;
          p[i] -= (first[i] / root) * (rate / (1 - 0.9 ** this.steps));
        } else {
          first[i] = momentum * first[i] - rate * g[i];
          p[i] += optimizer === "nesterov" ? momentum * first[i] - rate * g[i] : first[i];
        }
      }
    });
  }
  minibatch() {
    // One mini-batch, forward and back, with all its numbers for the first few examples; then the step is taken.
    const { rows, targets, trace, deltas, loss, before } = this.batchStep(this.nextBatch());
    const few = (list) => list.slice(0, 8).map((row) => Array.from(row));
    const layers = this.network.layers.map((layer, n) => ({
      activation: layer.activation, alpha: before[n].alpha, W: matrix(before[n].W, layer.inputs), b: Array.from(before[n].b),
      a: few(trace[n + 1].a), h: few(trace[n + 1].h), delta: few(deltas[n]),
      dW: matrix(layer.dW, layer.inputs), db: Array.from(layer.db),
    }));
    return { ...this.view(), batch: { size: rows.length, inputs: few(rows), targets: targets.slice(0, 8), loss, layers } };
  }
  edit({ layer, row, column, value }) {
    const { W, b, inputs } = this.network.layers[layer];
    if (column < 0) b[row] = value;
    else W[row * inputs + column] = value;
    this.events.push({ step: this.steps, layer, row, column, value });
    return this.view();
  }
  pace({ learning_rate }) {
    this.config = { ...this.config, learning_rate };
    this.events.push({ step: this.steps, learning_rate });
    return {};
  }
  code() {
    return { code: asCode(this.begun, this.epoch, this.steps, this.events) };
  }
  measure(part) {
    if (!part.rows.length) return { loss: NaN, accuracy: null, confusion: null };
    const trace = this.network.forward(part.rows), outputs = trace[trace.length - 1].h;
    const { loss } = LOSSES[this.config.loss](outputs, part.targets);
    if (!this.classifies) return { loss, accuracy: null, confusion: null };
    const confusion = [[0, 0], [0, 0]];
    outputs.forEach((row, r) => confusion[part.labels[r]][row[0] > 0 ? 1 : 0]++);
    return { loss, accuracy: (confusion[0][0] + confusion[1][1]) / outputs.length, confusion };
  }
  view(deltas = false) {
    const { network, data } = this;
    const trace = network.forward(data.train.rows), outputs = trace[trace.length - 1].h;
    const { gradient } = LOSSES[this.config.loss](outputs, data.train.targets);
    const kept = network.layers.map(({ dW, db, dalpha }) => [dW.slice(), db.slice(), dalpha.slice()]);
    const all = network.backward(trace, gradient);
    const gradients = network.layers.map(({ dW }) => Math.sqrt(dW.reduce((sum, g) => sum + g * g, 0)));
    network.layers.forEach((layer, n) => ([layer.dW, layer.db, layer.dalpha] = kept[n]));
    const train = this.measure(data.train), test = this.measure(data.test);
    const view = {
      epoch: this.epoch, steps: this.steps, train, test, gradients, maps: network.maps(this.grid),
      weights: network.layers.map(({ W, inputs }) => matrix(W, inputs)),
      biases: network.layers.map(({ b }) => Array.from(b)),
      slopes: network.layers.map(({ alpha }) => alpha && Array.from(alpha)),
      diverged: !Number.isFinite(train.loss),
    };
    if (deltas) {
      const column = (layer, u) => Float32Array.from(layer.slice(0, SHOWN_DELTAS), (row) => row[u]);
      view.deltas = all.flatMap((layer) => Array.from({ length: layer[0].length }, (_, u) => column(layer, u)));
    }
    return view;
  }
}

function matrix(flat, columns) {
  return Array.from({ length: flat.length / columns }, (_, r) => Array.from(flat.subarray(r * columns, (r + 1) * columns)));
}
