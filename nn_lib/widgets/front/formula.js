// A typed formula as a circuit: the page's stand-in for nn_lib's graphs. Nothing typed is executed.

class Circuit {
  // Nodes in topological order: { name, gate, c, parents, value }; inputs have no gate.
  constructor(text, names = null) {
    this.text = text.trim();
    if (this.text.length > 400) fail("the formula is longer than 400 characters");
    this.tokens = spelt(this.text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[A-Za-z_]\w*|\*\*|[-+*/^(),]|\S/gi) || []);
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
      if (typeof exponent !== "number") {
        if (typeof base !== "number") fail("an exponent or its base must be a number: write exp(y * log(x)) for x to the y");
        return base > 0 ? this.node("exponential", [exponent], base) : fail("the base of an exponent such as 2^x must be above 0");
      }
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
    if (CONSTANTS[token]) return CONSTANTS[token];
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
    if (name === "ln") name = "log";
    if (name === "sqrt") return typeof given[0] === "number" ? this.fixed(given[0] ** 0.5) : this.node("power", given, 0.5);
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
      if (gate === "abs" && x === 0) return "abs stands at 0, where it has no slope: 0 is used";
      if ((gate === "max" || gate === "min") && x === y) return `${gate} has a tie: the gradient is halved between its inputs`;
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

function spelt(tokens) {
  // A number or a bracket may stand right before what it multiplies: 2x, 3sin(x), (x + 1)(x - 1).
  return tokens.flatMap((token, i) => (i && (/^[\d.]\d*/.test(tokens[i - 1]) && tokens[i - 1] !== "." || tokens[i - 1] === ")") && /^[A-Za-z_(]/.test(token) ? ["*", token] : [token]));
}
