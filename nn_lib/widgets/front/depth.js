// The numbers behind the activation explorer: a curve with its slope, and what depth makes of a batch.

const KINKS = {
  relu: [0, "relu has a corner, and no slope: 0, that on the left, is used"],
  leaky_relu: [0, "leaky_relu has a corner, and no slope: 0.01, that on the left, is used"],
  prelu: [0, "prelu has a corner, and no slope: 0.25, that on the left, is used"],
  hard_tanh: [1, "hard_tanh has a corner, and no slope: 0 is used"],
};

class PageActivations {
  constructor() {
    this.name = "the page's own engine";
  }
  async call(what, details) {
    return this[what](details);
  }
  curve({ activation, reach = 5, points = 201 }) {
    const x = Array.from({ length: points }, (_, i) => -reach + (2 * reach * i) / (points - 1));
    if (Object.hasOwn(ACTIVATIONS, activation)) {
      const [value, slope] = ACTIVATIONS[activation], y = x.map((v) => value(v)), corner = KINKS[activation];
      return { x, y, slope: x.map((v, i) => slope(v, y[i])), kinks: x.map((v) => (corner && Math.abs(v) === corner[0] ? corner[1] : null)) };
    }
    const circuit = new Circuit(activation, ["x"]), y = [], slope = [], kinks = [];
    for (const v of x) {
      try {
        y.push(told(circuit.forward({ x: v })));
        slope.push(told(circuit.backward().x));
        kinks.push(circuit.kink());
      } catch {
        y.push(null);
        slope.push(null);
        kinks.push(null);
      }
    }
    if (y.every((v) => v === null)) fail(`“${activation}” has no finite value between ${-reach} and ${reach}`);
    return { x, y, slope, kinks };
  }
  depth({ activation, initializer = "he_normal", layers = 6, scale = 1, bias = 0, seed = 0 }) {
    if (!Object.hasOwn(ACTIVATIONS, activation)) fail(`depth needs an activation by name, not '${activation}'`);
    const rng = new Generator(seed), WIDTH = 64, BATCH = 128, BARS = 24, [value, slopeOf] = ACTIVATIONS[activation];
    let h = rng.normal(0, 1, BATCH * WIDTH);
    const told = [];
    for (let n = 0; n < layers; n++) {
      const { W } = new Network([WIDTH, WIDTH], [activation], initializer, 0, rng).layers[0];
      const next = new Float64Array(BATCH * WIDTH), live = new Uint8Array(WIDTH);
      let steepness = 0;
      for (let r = 0; r < BATCH; r++) {
        for (let o = 0; o < WIDTH; o++) {
          let sum = 0;
          for (let i = 0; i < WIDTH; i++) sum += h[r * WIDTH + i] * scale * W[o * WIDTH + i];
          const a = sum + bias, y = value(a), slope = slopeOf(a, y);
          next[r * WIDTH + o] = y;
          steepness += Math.abs(slope);
          if (slope !== 0) live[o] = 1;
        }
      }
      h = next;
      const low = h.reduce((a, b) => Math.min(a, b)), top = h.reduce((a, b) => Math.max(a, b)), high = top > low ? top : low + 1, bars = new Array(BARS).fill(0);
      for (const v of h) bars[Math.max(0, Math.min(BARS - 1, Math.floor(((v - low) / (high - low)) * BARS)))]++;
      const mean = h.reduce((a, b) => a + b, 0) / h.length, deviation = Math.sqrt(h.reduce((a, b) => a + (b - mean) ** 2, 0) / h.length);
      told.push({ low, high, bars, mean, deviation, dead: 1 - live.reduce((a, b) => a + b, 0) / WIDTH, slope: steepness / h.length });
    }
    return { layers: told };
  }
}
