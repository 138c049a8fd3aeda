// The gates a formula may be made of, on numbers: nn_lib's, gate for gate.

const short = (value) => {
  // Six digits, as Python's %g writes them: 0.0001, 6.4e-05, 1e+06.
  const [digits, power] = value.toExponential(5).split("e"), at = Number(power);
  if (value === 0 || (at >= -4 && at < 6)) return String(Number(value.toPrecision(6)));
  return `${Number(digits)}e${at < 0 ? "-" : "+"}${String(Math.abs(at)).padStart(2, "0")}`;
};
// Each gate: its symbol, forward(inputs, c), and backward(upstream, inputs, output, c), one gradient per input.
const GATES = {
  add: ["+", ([x, y]) => x + y, (u) => [u, u]],
  subtract: ["−", ([x, y]) => x - y, (u) => [u, -u]],
  multiply: ["*", ([x, y]) => x * y, (u, [x, y]) => [u * y, u * x]],
  divide: ["/", ([x, y]) => (y === 0 ? fail("a division by zero") : x / y), (u, [x, y]) => [u / y, (-u / y) * (x / y)]],
  max: ["max", ([x, y]) => Math.max(x, y), (u, [x, y]) => (x === y ? [u / 2, u / 2] : x > y ? [u, 0] : [0, u])],
  min: ["min", ([x, y]) => Math.min(x, y), (u, [x, y]) => (x === y ? [u / 2, u / 2] : x < y ? [u, 0] : [0, u])],
  abs: ["abs", ([x]) => Math.abs(x), (u, [x]) => [u * Math.sign(x)]],
  negate: ["×−1", ([x]) => -x, (u) => [-u]],
  scale: [(c) => `×${short(c)}`, ([x], c) => x * c, (u, i, o, c) => [u * c]],
  shift: [(c) => (c < 0 ? short(c) : `+${short(c)}`), ([x], c) => x + c, (u) => [u]],
  power: [(c) => `^${short(c)}`, ([x], c) => (x < 0 && !Number.isInteger(c) ? fail(`a negative value has no real power ${c}`) : x === 0 && c < 0 ? fail("a division by zero") : x ** c), (u, [x], o, c) => [c === 0 ? 0 : u * c * x ** (c - 1)]],
  exponential: [(c) => `${short(c)}^x`, ([x], c) => c ** x, (u, i, y, c) => [u * (y * Math.log(c))]],
  exp: ["exp", ([x]) => Math.exp(x), (u, i, y) => [u * y]],
  log: ["log", ([x]) => (x > 0 ? Math.log(x) : fail("the logarithm needs positive values")), (u, [x]) => [u / x]],
  reciprocal: ["1/x", ([x]) => (x === 0 ? fail("a division by zero") : 1 / x), (u, i, y) => [-u * y * y]],
  sigmoid: ["σ", ([x]) => sigmoidOf(x), (u, [x]) => [u * sigmoidSlope(x)]],
  tanh: ["tanh", ([x]) => Math.tanh(x), (u, [x]) => [u * tanhSlope(x)]],
  relu: ["ReLU", ([x]) => Math.max(x, 0), (u, [x]) => [u * (x > 0 ? 1 : 0)]],
  leaky_relu: ["leaky ReLU", ([x]) => (x > 0 ? x : 0.01 * x), (u, [x]) => [u * (x > 0 ? 1 : 0.01)]],
  elu: ["ELU", ([x]) => (x > 0 ? x : Math.expm1(x)), (u, [x]) => [u * (x > 0 ? 1 : Math.exp(x))]],
  softplus: ["softplus", ([x]) => Math.max(x, 0) + Math.log1p(decay(x)), (u, i, y) => [u * -Math.expm1(-y)]],
  softsign: ["softsign", ([x]) => x / (1 + Math.abs(x)), (u, [x]) => [u / ((1 + Math.abs(x)) * (1 + Math.abs(x)))]],
  sin: ["sin", ([x]) => Math.sin(x), (u, [x]) => [u * Math.cos(x)]],
  cos: ["cos", ([x]) => Math.cos(x), (u, [x]) => [-u * Math.sin(x)]],
  hard_tanh: ["hard tanh", ([x]) => Math.min(1, Math.max(-1, x)), (u, [x]) => [u * (x > -1 && x < 1 ? 1 : 0)]],
};
const FUNCTIONS = { __proto__: null, exp: 1, log: 1, max: 2, sigmoid: 1, tanh: 1, relu: 1, softplus: 1, softsign: 1, elu: 1, leaky_relu: 1, hard_tanh: 1, sin: 1, cos: 1, ln: 1, sqrt: 1, abs: 1, min: 2 };
const CONSTANTS = { __proto__: null, pi: Math.PI };

function fail(words) {
  throw new Error(words);
}

const told = (value) => (value === undefined || value === null || !Number.isFinite(value) ? null : value);
