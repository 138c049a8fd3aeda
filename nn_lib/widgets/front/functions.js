// Activation functions, each with its slope: value(x), and slope(x, y) where y is the value. As in nn_lib.activations.

const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  sigmoid: [(x) => 0.5 * (1 + Math.tanh(0.5 * x)), (x, y) => (1 - y) * y],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
  hard_tanh: [(x) => Math.min(1, Math.max(-1, x)), (x) => (x > -1 && x < 1 ? 1 : 0)],
  softsign: [(x) => x / (1 + Math.abs(x)), (x) => 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)))],
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  prelu: [(x, s = 0.25) => (x > 0 ? x : s * x), (x, y, s = 0.25) => (x > 0 ? 1 : s)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x, y) => (x > 0 ? 1 : y + 1)],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x) => 0.5 * (1 + Math.tanh(0.5 * x))],
};
