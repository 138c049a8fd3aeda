// A circuit's run as a tape: every value, every gradient, upstream times local, and a finite difference beside each.

const BROKEN = ["", "accumulation", "order", "stale"];

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
  const names = wireNames(nodes.map(({ name, gate }) => [name || "", Boolean(gate)]));
  const answer = {
    nodes: nodes.map((node, i) => ({
      name: names[i], symbol: node.gate ? circuit.symbol(node) : "",
      kind: node.gate ? "gate" : node.constant ? "constant" : "input", parents: node.parents.map((parent) => index.get(parent)),
      value: told(values[i]), shape: [], gradient: told(gradients.get(node)), upstream: told(used.get(node)), parts: parts.get(node) || [], difference: told(differences[i]),
    })),
    forward: gates.map((node) => index.get(node)), backward: order.map((node) => index.get(node)), broken,
  };
  if (stale) answer.remembered = stale.map(told);
  return answer;
}

const LETTERS = "qrstuvpabcdeghjklmno";

function wireNames(nodes) {
  // [name, is a gate] of each node, the output last: a wire without a name gets a letter, as in the course's text.
  const taken = new Set(nodes.map(([name]) => name)), names = [];
  let count = 0;
  const letter = () => {
    for (;;) {
      const round = Math.floor(count / LETTERS.length), name = `${LETTERS[count++ % LETTERS.length]}${round || ""}`;
      if (!taken.has(name)) return name;
    }
  };
  nodes.forEach(([name, gate], i) => names.push(name || (!gate ? "" : i === nodes.length - 1 ? (taken.has("f") ? "out" : "f") : letter())));
  return names;
}

class PageStepper {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, { expression, inputs, broken, before }) {
    if (this.text !== expression) this.circuit = new Circuit(expression);
    this.text = expression;
    if (what === "names") return { names: Object.keys(this.circuit.inputs) };
    return tapeOf(this.circuit, inputs, broken, before);
  }
}

class RecordedStepper {
  // A graph that only Python can run, as it ran there: it can be stepped through and broken, not edited.
  constructor(tapes) {
    this.name = "nn_lib, when this page was made";
    this.tapes = tapes;
  }
  async call(what, { inputs, broken }) {
    if (what === "names") return { names: this.tapes[""].nodes.filter(({ kind }) => kind === "input").map(({ name }) => name) };
    if (this.inputs && JSON.stringify(inputs) !== JSON.stringify(this.inputs)) throw new Error("On this page the inputs of this circuit are fixed. In the notebook they can be changed.");
    this.inputs = inputs;
    return this.tapes[broken];
  }
}
