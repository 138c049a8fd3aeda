// The engine of the page: nn_lib's playground in JavaScript, number for number (the tests compare them).

const GRID = 100; // points along each side of a map
const REACH = 6; // the plane that is shown goes from -REACH to REACH
const SHOWN_DELTAS = 300;
const MOST_LOSS = 1e8; // times the first loss, or 1: what training does not come back from, as in nn_lib.divergence
const MOST_WEIGHT = 1e20; // what the sizes of all weights may sum to
const MOST_NUDGED = 400; // parameters up to which a mini-batch comes with finite differences

class PageEngine {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details = {}) {
    return this[what](details);
  }

  start({ config, most = 64 }) {
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
    if (config.weights) this.network.layers.forEach(({ W, b }, n) => (W.set(config.weights[n].flat()), b.set(config.biases[n])));
    this.shuffles = new Generator(config.seed);
    this.memory = this.learned().map(([p]) => [new Float64Array(p.length), new Float64Array(p.length)]);
    this.epoch = this.steps = 0;
    this.batches = [];
    this.begun = config;
    this.events = []; // what a hand changed under way: the exported program repeats it
    const axis = Array.from({ length: GRID }, (_, i) => -REACH + (2 * REACH * i) / (GRID - 1));
    const places = axis.flatMap((_, row) => axis.map((x) => [x, axis[GRID - 1 - row]]));
    this.grid = features.map((f) => Float64Array.from(places, ([x, y]) => f(x, y)));
    this.mostLoss = MOST_LOSS * Math.max(1, this.measure(this.data.train).loss);
    return { ...this.view(false, most), data: this.shown() };
  }
  shown() {
    const part = ({ points, labels }) => ({ points, labels });
    return { train: part(this.data.train), test: part(this.data.test) };
  }
  advance({ epochs = 1, deltas = false, most = 64 }) {
    for (let i = 0; i < epochs; i++) {
      const goal = this.epoch + 1;
      while (this.epoch < goal) this.batchStep(this.nextBatch());
    }
    return this.view(deltas, most);
  }
  train({ steps, most = 64 }) {
    // So many mini-batches, whole epochs or not.
    for (let i = 0; i < steps; i++) this.batchStep(this.nextBatch());
    return this.view(false, most);
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
  minibatch({ most = 64 } = {}) {
    // One mini-batch, forward and back, with all its numbers for the first few examples; then the step is taken.
    const indices = this.nextBatch(), { train } = this.data;
    const batchRows = Array.from(indices, (i) => train.rows[i]), batchTargets = Array.from(indices, (i) => train.targets[i]);
    const differences = this.nudged(batchRows, batchTargets);
    const { rows, targets, trace, deltas, loss, before } = this.batchStep(indices);
    const few = (list) => list.slice(0, 8).map((row) => Array.from(row));
    const layers = this.network.layers.map((layer, n) => ({
      activation: layer.activation, alpha: before[n].alpha, W: matrix(before[n].W, layer.inputs), b: Array.from(before[n].b),
      a: few(trace[n + 1].a), h: few(trace[n + 1].h), delta: few(deltas[n]),
      dW: matrix(layer.dW, layer.inputs), db: Array.from(layer.db), differences: differences && differences[n],
    }));
    return { ...this.view(false, most), batch: { size: rows.length, points: few(Array.from(indices, (i) => train.points[i])), inputs: few(rows), targets: targets.slice(0, 8), loss, layers } };
  }
  nudged(rows, targets) {
    // d loss / d weight by central differences, a matrix a layer; null where there are many weights.
    const { layers } = this.network, H = 1e-5;
    if (layers.reduce((sum, { W }) => sum + W.length, 0) > MOST_NUDGED) return null;
    const loss = () => this.penalised(this.network.forward(rows), targets);
    return layers.map(({ W, inputs }) => {
      const found = new Float64Array(W.length);
      for (let i = 0; i < W.length; i++) {
        const kept = W[i];
        W[i] = kept + H;
        const above = loss();
        W[i] = kept - H;
        found[i] = (above - loss()) / (2 * H);
        W[i] = kept;
      }
      return matrix(found, inputs);
    });
  }
  penalised(trace, targets) {
    // What training minimises: the loss, and what the regulariser adds.
    const { regularizer, strength } = this.config, { loss } = LOSSES[this.config.loss](trace[trace.length - 1].h, targets);
    if (regularizer === "none") return loss;
    const size = this.network.layers.reduce((sum, { W }) => W.reduce((s, w) => s + (regularizer === "l1" ? Math.abs(w) : 0.5 * w * w), sum), 0);
    return loss + strength * size;
  }
  probe({ layer, row, column }) {
    // One weight (or, with column -1, a bias) looked at over all training points: its gradient, and what a nudge does.
    const { rows, targets } = this.data.train, { W, b, inputs } = this.network.layers[layer];
    const array = column < 0 ? b : W, at = column < 0 ? row : row * inputs + column, value = array[at], H = 1e-5;
    const loss = (w) => {
      array[at] = w;
      return this.penalised(this.network.forward(rows), targets);
    };
    const difference = (loss(value + H) - loss(value - H)) / (2 * H), now = loss(value);
    const { gradients, deltas } = this.gradients();
    let gradient = (column < 0 ? gradients[layer].db : gradients[layer].dW)[at];
    const { regularizer, strength } = this.config;
    if (column >= 0 && regularizer !== "none") gradient += strength * (regularizer === "l1" ? Math.sign(value) : value);
    const mean = deltas[layer].reduce((sum, d) => sum + d[row], 0);
    return { value, gradient, difference, loss: now, delta: mean };
  }
  gradients() {
    // Over all training points; the gradients of the last mini-batch stay as they are.
    const { network, data } = this, trace = network.forward(data.train.rows);
    const { gradient } = LOSSES[this.config.loss](trace[trace.length - 1].h, data.train.targets);
    const kept = network.layers.map(({ dW, db, dalpha }) => [dW.slice(), db.slice(), dalpha.slice()]);
    const deltas = network.backward(trace, gradient);
    const gradients = network.layers.map(({ dW, db }) => ({ dW: dW.slice(), db: db.slice() }));
    network.layers.forEach((layer, n) => ([layer.dW, layer.db, layer.dalpha] = kept[n]));
    return { gradients, deltas };
  }
  edit({ layer, row, column, value, most = 64 }) {
    const { W, b, inputs } = this.network.layers[layer];
    if (column < 0) b[row] = value;
    else W[row * inputs + column] = value;
    this.note({ step: this.steps, layer, row, column, value });
    return this.view(false, most);
  }
  pace({ learning_rate }) {
    this.config = { ...this.config, learning_rate };
    this.note({ step: this.steps, learning_rate });
    return { steps: this.steps };
  }
  note(event) {
    // Of what a hand drags, the last value counts.
    const place = ({ step, layer, row, column }) => String([step, layer, row, column]), last = this.events[this.events.length - 1];
    if (last && place(last) === place(event)) this.events.pop();
    this.events.push(event);
  }
  code() {
    const run = [this.begun, this.epoch, this.steps, this.events], numpy = asNumpy(...run);
    return { code: asCode(...run), numpy, why: numpy ? "" : NOT_IN_NUMPY };
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
  view(deltas = false, most = 64) {
    // `most`: of how many units of a layer the maps are wanted.
    const { network, data } = this, { gradients: all, deltas: each } = this.gradients();
    const gradients = all.map(({ dW }) => Math.sqrt(dW.reduce((sum, g) => sum + g * g, 0)));
    const train = this.measure(data.train), test = this.measure(data.test);
    const view = {
      epoch: this.epoch, steps: this.steps, train, test, gradients, maps: network.maps(this.grid, most),
      weights: network.layers.map(({ W, inputs }) => matrix(W, inputs)),
      biases: network.layers.map(({ b }) => Array.from(b)),
      slopes: network.layers.map(({ alpha }) => alpha && Array.from(alpha)),
      diverged: !(train.loss <= this.mostLoss && this.learned().reduce((sum, [p]) => p.reduce((s, v) => s + Math.abs(v), sum), 0) <= MOST_WEIGHT),
    };
    if (deltas) {
      const column = (layer, u) => Float32Array.from(layer.slice(0, SHOWN_DELTAS), (row) => row[u]);
      view.deltas = each.flatMap((layer) => Array.from({ length: Math.min(most, layer[0].length) }, (_, u) => column(layer, u)));
    }
    return view;
  }
}

function matrix(flat, columns) {
  return Array.from({ length: flat.length / columns }, (_, r) => Array.from(flat.subarray(r * columns, (r + 1) * columns)));
}
