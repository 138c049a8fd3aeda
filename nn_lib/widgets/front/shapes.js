// What the playground learns from: the shapes of nn_lib.datasets and the features of a point.

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
