// The sigmoid and the slopes made of it, as nn_lib computes them: exact in both tails, from e^-|x|.

const decay = (x) => Math.exp(-Math.abs(x));
const sigmoidOf = (x) => (x >= 0 ? 1 : decay(x)) / (1 + decay(x));
const sigmoidSlope = (x) => decay(x) / ((1 + decay(x)) * (1 + decay(x)));
const tanhSlope = (x) => (4 * decay(2 * x)) / ((1 + decay(2 * x)) * (1 + decay(2 * x)));
