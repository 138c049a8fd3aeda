// A network of fully connected layers and its losses: nn_lib's MLP in JavaScript, number for number.
// Matrices are rows of Float64Array: one row an example.

class Network {
  constructor(sizes, activations, initializer, seed, rng = new Generator(seed)) {
    this.layers = [];
    for (let i = 0; i + 1 < sizes.length; i++) {
      const inputs = sizes[i], outputs = sizes[i + 1], activation = activations[i] || "linear";
      const he = ["relu", "leaky_relu", "prelu", "elu", "softplus"].includes(activation);
      const name = initializer === "default" || initializer === "given" ? (he ? "he_normal" : "xavier_normal") : initializer;
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
  maps(columns, most = 64) {
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
      units.push(...columns.slice(0, most).map((column) => new Float32Array(column)));
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
      return [((1 - y) * sigmoidOf(z) - y * sigmoidOf(-z)) / outputs.length];
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
