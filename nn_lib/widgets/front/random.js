// NumPy's random numbers, number for number: default_rng(seed) with uniform, standard_normal and permutation.
// PCG64 (O'Neill 2014), NumPy's SeedSequence, the ziggurat of Marsaglia and Tsang (2000).

const BITS32 = 0xffffffffn;
const BITS64 = (1n << 64n) - 1n;
const BITS128 = (1n << 128n) - 1n;
const PCG_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

function seedWords(seed, count) {
  const pool = [0, 0, 0, 0];
  const entropy = [];
  for (let rest = BigInt(seed); entropy.length === 0 || rest > 0n; rest >>= 32n) entropy.push(Number(rest & BITS32));
  let constant = 0x43b0d7e5;
  const hash = (value) => {
    value = (value ^ constant) >>> 0;
    constant = Math.imul(constant, 0x931e8875) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x, y) => {
    const result = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) >>> 0;
    return (result ^ (result >>> 16)) >>> 0;
  };
  for (let i = 0; i < 4; i++) pool[i] = hash(i < entropy.length ? entropy[i] : 0);
  for (let from = 0; from < 4; from++) for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  for (let from = 4; from < entropy.length; from++) for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(entropy[from]));
  const words = [];
  constant = 0x8b51f9dd;
  for (let i = 0; i < count; i++) {
    let value = (pool[i % 4] ^ constant) >>> 0;
    constant = Math.imul(constant, 0x58f38ded) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    words.push((value ^ (value >>> 16)) >>> 0);
  }
  return words;
}

const ZIGGURAT = (() => {
  const r = 3.654152885361009, area = 0.004928673233992336;
  const x = new Float64Array(256), f = new Float64Array(256), k = new Float64Array(256), w = new Float64Array(256);
  x[255] = r;
  f[255] = Math.exp(-0.5 * r * r);
  for (let i = 254; i >= 1; i--) {
    f[i] = f[i + 1] + area / x[i + 1];
    x[i] = Math.sqrt(-2 * Math.log(f[i]));
  }
  f[0] = 1;
  x[0] = area / f[255];
  const scale = 2 ** 52;
  for (let i = 0; i < 256; i++) {
    w[i] = x[i] / scale;
    k[i] = i === 0 ? Math.floor((r / x[0]) * scale) : i === 1 ? 0 : Math.floor((x[i - 1] / x[i]) * scale);
  }
  return { r, f, k, w };
})();

class Generator {
  constructor(seed = 0) {
    const words = seedWords(seed, 8).map(BigInt);
    const long = (i) => words[i] | (words[i + 1] << 32n);
    const start = (long(0) << 64n) | long(2), sequence = (long(4) << 64n) | long(6);
    this.increment = ((sequence << 1n) | 1n) & BITS128;
    this.state = this.increment;
    this.state = ((this.state + start) * PCG_MULTIPLIER + this.increment) & BITS128;
    this.half = null;
  }
  next64() {
    this.state = (this.state * PCG_MULTIPLIER + this.increment) & BITS128;
    const mixed = (this.state >> 64n) ^ (this.state & BITS64), turn = this.state >> 122n;
    return ((mixed >> turn) | (mixed << (64n - turn))) & BITS64;
  }
  next32() {
    if (this.half !== null) {
      const high = this.half;
      this.half = null;
      return high;
    }
    const both = this.next64();
    this.half = Number(both >> 32n);
    return Number(both & BITS32);
  }
  random() {
    return Number(this.next64() >> 11n) * 2 ** -53;
  }
  uniform(low, high, count) {
    return Float64Array.from({ length: count }, () => low + (high - low) * this.random());
  }
  standardNormal() {
    const { r, f, k, w } = ZIGGURAT;
    for (;;) {
      const bits = this.next64(), strip = Number(bits & 0xffn), negative = (bits >> 8n) & 1n;
      const whole = (bits >> 9n) & 0xfffffffffffffn, size = Number(whole), x = size * w[strip];
      if (size < k[strip]) return negative ? -x : x;
      if (strip === 0) {
        for (;;) {
          const xx = -Math.log1p(-this.random()) / r, yy = -Math.log1p(-this.random());
          if (yy + yy > xx * xx) return (whole >> 8n) & 1n ? -(r + xx) : r + xx;
        }
      }
      if ((f[strip - 1] - f[strip]) * this.random() + f[strip] < Math.exp(-0.5 * x * x)) return negative ? -x : x;
    }
  }
  normal(mean, deviation, count) {
    return Float64Array.from({ length: count }, () => mean + deviation * this.standardNormal());
  }
  below(most) {
    // A whole number from 0 to `most`, without bias: as many bits as it has, until they are small enough.
    let mask = most;
    for (let shift = 1; shift < 32; shift *= 2) mask |= mask >>> shift;
    for (;;) {
      const value = (this.next32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i), kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}
