// The numbers behind the gradient explorer.

const PLANE = 64; // values along each side of the plane

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
    if (!Number.isFinite(value)) fail(`“${expression}” has no finite value at (${[x, y].map((v) => Number(v.toPrecision(6))).join(", ")})`);
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
        return { path, ended: "domain" };
      }
      path.push([...point, here.value]);
      if (here.gradient.includes(null)) return { path, ended: "domain" };
      if (Math.max(...point.map(Math.abs)) > 1e6) return { path, ended: "far" };
      for (let i = 0; i < 2; i++) {
        velocity[i] = momentum * velocity[i] - rate * here.gradient[i];
        point[i] += velocity[i];
      }
    }
    return { path, ended: "" };
  }
}
