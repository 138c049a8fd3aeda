// Activation functions, each with its slope: value(x), and slope(x, y) where y is the value. As in nn_lib.activations.

const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  sigmoid: [sigmoidOf, sigmoidSlope],
  tanh: [Math.tanh, tanhSlope],
  hard_tanh: [(x) => Math.min(1, Math.max(-1, x)), (x) => (x > -1 && x < 1 ? 1 : 0)],
  softsign: [(x) => x / (1 + Math.abs(x)), (x) => 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)))],
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  prelu: [(x, s = 0.25) => (x > 0 ? x : s * x), (x, y, s = 0.25) => (x > 0 ? 1 : s)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(decay(x)), (x, y) => -Math.expm1(-y)],
};
