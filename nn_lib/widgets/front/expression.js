// Typed formulas as circuits, on numbers: the page's stand-in for nn_lib's graphs, gate for gate.

const short = (value) => String(Number(value.toPrecision(6)));
// The sigmoid as in nn_lib: exact in both tails.
const logistic = (x) => (x >= 0 ? 1 : Math.exp(x)) / (1 + Math.exp(-Math.abs(x)));
// Each gate: its symbol, forward(inputs, c), and backward(upstream, inputs, output, c), one gradient per input.
const GATES = {
  add: ["+", ([x, y]) => x + y, (u) => [u, u]],
  subtract: ["−", ([x, y]) => x - y, (u) => [u, -u]],
  multiply: ["*", ([x, y]) => x * y, (u, [x, y]) => [u * y, u * x]],
  divide: ["/", ([x, y]) => (y === 0 ? fail("a division by zero") : x / y), (u, [x, y]) => [u / y, (-u / y) * (x / y)]],
  max: ["max", ([x, y]) => Math.max(x, y), (u, [x, y]) => (x === y ? [u / 2, u / 2] : x > y ? [u, 0] : [0, u])],
  negate: ["×−1", ([x]) => -x, (u) => [-u]],
  scale: [(c) => `×${short(c)}`, ([x], c) => x * c, (u, i, o, c) => [u * c]],
  shift: [(c) => (c < 0 ? short(c) : `+${short(c)}`), ([x], c) => x + c, (u) => [u]],
  power: [(c) => `^${short(c)}`, ([x], c) => (x < 0 && !Number.isInteger(c) ? fail(`a negative value has no real power ${c}`) : x === 0 && c < 0 ? fail("a division by zero") : x ** c), (u, [x], o, c) => [c === 0 ? 0 : u * c * x ** (c - 1)]],
  exp: ["exp", ([x]) => Math.exp(x), (u, i, y) => [u * y]],
  log: ["log", ([x]) => (x > 0 ? Math.log(x) : fail("the logarithm needs positive values")), (u, [x]) => [u / x]],
  reciprocal: ["1/x", ([x]) => (x === 0 ? fail("a division by zero") : 1 / x), (u, i, y) => [-u * y * y]],
  sigmoid: ["σ", ([x]) => logistic(x), (u, [x]) => [u * logistic(x) * logistic(-x)]],
  tanh: ["tanh", ([x]) => Math.tanh(x), (u, [x]) => [u * 4 * logistic(2 * x) * logistic(-2 * x)]],
  relu: ["ReLU", ([x]) => Math.max(x, 0), (u, [x]) => [u * (x > 0 ? 1 : 0)]],
  leaky_relu: ["leaky ReLU", ([x]) => (x > 0 ? x : 0.01 * x), (u, [x]) => [u * (x > 0 ? 1 : 0.01)]],
  elu: ["ELU", ([x]) => (x > 0 ? x : Math.expm1(x)), (u, [x]) => [u * (x > 0 ? 1 : Math.exp(x))]],
  softplus: ["softplus", ([x]) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (u, [x]) => [u * logistic(x)]],
  softsign: ["softsign", ([x]) => x / (1 + Math.abs(x)), (u, [x]) => [u / ((1 + Math.abs(x)) * (1 + Math.abs(x)))]],
  sin: ["sin", ([x]) => Math.sin(x), (u, [x]) => [u * Math.cos(x)]],
  cos: ["cos", ([x]) => Math.cos(x), (u, [x]) => [-u * Math.sin(x)]],
  hard_tanh: ["hard tanh", ([x]) => Math.min(1, Math.max(-1, x)), (u, [x]) => [u * (x > -1 && x < 1 ? 1 : 0)]],
};
const FUNCTIONS = { __proto__: null, exp: 1, log: 1, max: 2, sigmoid: 1, tanh: 1, relu: 1, softplus: 1, softsign: 1, elu: 1, leaky_relu: 1, hard_tanh: 1, sin: 1, cos: 1 };

function fail(words) {
  throw new Error(words);
}

class Circuit {
  // Nodes in topological order: { name, gate, c, parents, value }; inputs have no gate.
  constructor(text, names = null) {
    this.text = text.trim();
    if (this.text.length > 400) fail("the formula is longer than 400 characters");
    this.tokens = this.text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[A-Za-z_]\w*|\*\*|[-+*/^(),]|\S/gi) || [];
    this.at = 0;
    this.inputs = Object.create(null);
    this.made = {};
    this.count = 0;
    this.names = names;
    const output = this.sum();
    if (this.at < this.tokens.length || output === undefined) this.unreadable();
    if (typeof output === "number") fail(`“${this.text}” is a number: use at least one input, such as ${(names || ["x"])[0]}`);
    this.output = output;
    this.nodes = this.sorted();
  }
  unreadable() {
    fail(`“${this.text}” is not a formula: write it like (x + y) * z, 2 * x^2 or exp(-x)`);
  }
  take(...wanted) {
    if (wanted.includes(this.tokens[this.at])) return this.tokens[this.at++];
    return null;
  }
  sum() {
    let left = this.product();
    for (let sign; (sign = this.take("+", "-")); ) left = this.combine(sign, left, this.product());
    return left;
  }
  product() {
    let left = this.signed();
    for (let sign; (sign = this.take("*", "/")); ) left = this.combine(sign, left, this.signed());
    return left;
  }
  signed() {
    if (this.take("-")) {
      const inside = this.signed();
      return typeof inside === "number" ? -inside : this.node("negate", [inside]);
    }
    if (this.take("+")) return this.signed();
    const base = this.atom();
    if (this.take("^", "**")) {
      const exponent = this.signed();
      if (typeof exponent !== "number") fail("an exponent must be a number: write exp(y * log(x)) for x to the y");
      return typeof base === "number" ? this.fixed(base ** exponent) : this.node("power", [base], exponent);
    }
    return base;
  }
  atom() {
    const token = this.tokens[this.at++];
    if (token === "(") {
      const inside = this.sum();
      if (!this.take(")")) this.unreadable();
      return inside;
    }
    if (token && /^[\d.]/.test(token)) return this.fixed(Number(token));
    if (!token || !/^[A-Za-z_]/.test(token)) this.unreadable();
    if (this.tokens[this.at] === "(") return this.application(token);
    if (FUNCTIONS[token]) fail(`${token} is a function: write ${token}(x)`);
    if (this.names && !this.names.includes(token)) fail(`there is no input '${token}' here, only ${this.names.join(", ")}`);
    return (this.inputs[token] ||= { name: token, parents: [], number: ++this.count });
  }
  application(name) {
    if (!FUNCTIONS[name]) fail(`there is no function '${name}' here; there are ${Object.keys(FUNCTIONS).join(", ")}`);
    this.at++;
    const given = [];
    if (!this.take(")")) {
      do given.push(this.sum());
      while (this.take(","));
      if (!this.take(")")) this.unreadable();
    }
    if (given.length !== FUNCTIONS[name]) fail(`${name} takes ${FUNCTIONS[name]} ${FUNCTIONS[name] === 1 ? "input" : "inputs"}, not ${given.length}`);
    if (given.every((x) => typeof x === "number")) return this.fixed(GATES[name][1](given));
    return this.node(name, given.map((x) => (typeof x === "number" ? this.constant(x) : x)));
  }
  combine(sign, x, y) {
    const fixedX = typeof x === "number", fixedY = typeof y === "number";
    if (fixedX && fixedY) return this.fixed(sign === "+" ? x + y : sign === "-" ? x - y : sign === "*" ? x * y : y === 0 ? fail("the formula divides by zero") : x / y);
    if (sign === "+") return fixedY ? this.node("shift", [x], y) : fixedX ? this.node("shift", [y], x) : this.node("add", [x, y]);
    if (sign === "-") return fixedY ? this.node("shift", [x], -y) : fixedX ? this.node("shift", [this.node("negate", [y])], x) : this.node("subtract", [x, y]);
    if (sign === "*") return fixedY ? this.node("scale", [x], y) : fixedX ? this.node("scale", [y], x) : this.node("multiply", [x, y]);
    if (fixedY) return y === 0 ? fail("the formula divides by zero") : this.node("scale", [x], 1 / y);
    if (!fixedX) return this.node("divide", [x, y]);
    const turned = this.node("reciprocal", [y]);
    return x === 1 ? turned : this.node("scale", [turned], x);
  }
  fixed(value) {
    return Number.isFinite(value) ? value : fail("a number in the formula is too large, or not real");
  }
  node(gate, parents, c = 0) {
    // What is written twice is one node with two uses.
    const key = JSON.stringify([gate, c, parents.map((parent) => parent.number)]);
    return (this.made[key] ||= { gate, parents, c, number: ++this.count });
  }
  constant(value) {
    return (this.made[`constant ${value}`] ||= { constant: true, value, parents: [], number: ++this.count });
  }
  symbol(node) {
    const symbol = GATES[node.gate][0];
    return typeof symbol === "function" ? symbol(node.c) : symbol;
  }
  sorted() {
    const leaves = [], gates = [], done = new Set();
    const visit = (node) => {
      if (done.has(node)) return;
      done.add(node);
      node.parents.forEach(visit);
      (node.gate ? gates : leaves).push(node);
    };
    visit(this.output);
    return [...leaves, ...gates];
  }
  forward(inputs) {
    for (const node of this.nodes) {
      if (node.gate) node.value = this.run(node);
      else if (!node.constant) node.value = inputs[node.name];
    }
    return this.output.value;
  }
  run(node) {
    node.seen = node.parents.map((parent) => parent.value);
    node.made = GATES[node.gate][1](node.seen, node.c);
    return node.made;
  }
  through(node, upstream) {
    return GATES[node.gate][2](upstream, node.seen, node.made, node.c);
  }
  backward() {
    const gradients = new Map([[this.output, 1]]);
    for (const node of [...this.nodes].reverse()) {
      if (!node.gate) continue;
      this.through(node, gradients.get(node)).forEach((g, i) => gradients.set(node.parents[i], (gradients.get(node.parents[i]) ?? 0) + g));
    }
    return Object.fromEntries(Object.entries(this.inputs).map(([name, node]) => [name, gradients.get(node) ?? 0]));
  }
  kink() {
    for (const { gate, parents } of this.nodes) {
      const [x, y] = parents.map((parent) => parent.value);
      if ((gate === "relu" || gate === "leaky_relu") && x === 0) return `${GATES[gate][0]} stands at 0, where it has no slope: the one on the left is used`;
      if (gate === "hard_tanh" && Math.abs(x) === 1) return "hard tanh stands at its corner, where it has no slope: 0 is used";
      if (gate === "max" && x === y) return "max has a tie: the gradient is halved between its inputs";
    }
    return null;
  }
  difference(i) {
    const node = this.nodes[i], later = this.nodes.slice(i + 1).filter((n) => n.gate);
    const kept = this.nodes.map((n) => n.value), h = 1e-5 * Math.max(1, Math.abs(node.value));
    const ends = [1, -1].map((sign) => {
      node.value = kept[i] + sign * h;
      try {
        for (const n of later) n.value = this.run(n);
        return this.output.value;
      } catch {
        return NaN;
      }
    });
    this.nodes.forEach((n, k) => (n.value = kept[k]));
    for (const n of later) this.run(n);
    return (ends[0] - ends[1]) / (2 * h);
  }
}

const PLANE = 64; // values along each side of the plane of the gradient explorer
const BROKEN = ["", "accumulation", "order", "stale"];
const told = (value) => (value === undefined || value === null || !Number.isFinite(value) ? null : value);

function tapeOf(circuit, inputs, broken = "", before = null) {
  const { nodes } = circuit, index = new Map(nodes.map((node, i) => [node, i]));
  circuit.forward(inputs);
  const values = nodes.map((node) => node.value), differences = nodes.map((_, i) => circuit.difference(i));
  let stale = null;
  if (broken === "stale") {
    circuit.forward(before || Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, value + 1])));
    stale = nodes.map((node) => node.value);
    nodes.forEach((node, i) => (node.value = values[i]));
  }
  const gates = nodes.filter((node) => node.gate);
  let order = [...gates].reverse();
  if (broken === "order") {
    // Every gate at the first gradient that arrives, without waiting for the others.
    const reached = new Set(), stack = [circuit.output];
    while (stack.length) {
      const node = stack.pop();
      if (!node.gate || reached.has(node)) continue;
      reached.add(node);
      stack.push(...[...node.parents].reverse());
    }
    order = [...reached];
  }
  const gradients = new Map([[circuit.output, 1]]), parts = new Map(), used = new Map();
  for (const node of order) {
    const upstream = gradients.get(node), sent = circuit.through(node, upstream), local = circuit.through(node, 1);
    used.set(node, upstream);
    parts.set(node, sent.map((gradient, i) => {
      const parent = node.parents[i], there = gradients.has(parent) && broken !== "accumulation";
      gradients.set(parent, there ? gradients.get(parent) + gradient : gradient);
      return { parent: index.get(parent), local: told(local[i]), downstream: told(gradient) };
    }));
  }
  const answer = {
    nodes: nodes.map((node, i) => ({
      name: node.name || (node.gate ? `[${i}]` : ""), symbol: node.gate ? circuit.symbol(node) : "",
      kind: node.gate ? "gate" : node.constant ? "constant" : "input", parents: node.parents.map((parent) => index.get(parent)),
      value: told(values[i]), shape: [], gradient: told(gradients.get(node)), upstream: told(used.get(node)), parts: parts.get(node) || [], difference: told(differences[i]),
    })),
    forward: gates.map((node) => index.get(node)), backward: order.map((node) => index.get(node)), broken,
  };
  if (stale) answer.remembered = stale.map(told);
  return answer;
}

class PageStepper {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details) {
    if (what === "build") this.circuit = new Circuit(details.expression);
    return tapeOf(this.circuit, details.inputs, details.broken, details.before);
  }
  names(expression) {
    return Object.keys(new Circuit(expression).inputs);
  }
}

class PageGradients {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details) {
    return this[what](details);
  }
  circuit(expression) {
    if (this.text !== expression) this.made = new Circuit(expression, ["x", "y"]);
    this.text = expression;
    return this.made;
  }
  valueAt(circuit, x, y) {
    try {
      return circuit.forward({ x, y });
    } catch {
      return NaN;
    }
  }
  plane({ expression, reach }) {
    const circuit = this.circuit(expression), values = new Float32Array(PLANE * PLANE);
    for (let row = 0; row < PLANE; row++) {
      for (let column = 0; column < PLANE; column++) {
        const step = (2 * reach) / (PLANE - 1);
        values[row * PLANE + column] = this.valueAt(circuit, -reach + column * step, reach - row * step);
      }
    }
    if (!values.some(Number.isFinite)) fail(`“${expression}” has no finite value between ${-reach} and ${reach}`);
    return { values: [values] };
  }
  at({ expression, x, y }) {
    const circuit = this.circuit(expression), value = this.valueAt(circuit, x, y);
    if (!Number.isFinite(value)) fail(`“${expression}” has no finite value at (${number(x)}, ${number(y)})`);
    const gradient = circuit.backward();
    return { value, gradient: ["x", "y"].map((name) => told(gradient[name] ?? 0)), kink: circuit.kink() };
  }
  descent({ expression, x, y, learning_rate: rate, momentum = 0, steps = 40 }) {
    const path = [], velocity = [0, 0], point = [x, y];
    for (let n = 0; n <= steps; n++) {
      let here;
      try {
        here = this.at({ expression, x: point[0], y: point[1] });
      } catch {
        return { path, diverged: true };
      }
      path.push([...point, here.value]);
      if (here.gradient.includes(null) || Math.max(...point.map(Math.abs)) > 1e6) return { path, diverged: true };
      for (let i = 0; i < 2; i++) {
        velocity[i] = momentum * velocity[i] - rate * here.gradient[i];
        point[i] += velocity[i];
      }
    }
    return { path, diverged: false };
  }
}
