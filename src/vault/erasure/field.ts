/** x^8 + x^4 + x^3 + x^2 + 1, under which 2 generates the whole field. */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const powers = new Uint8Array(2 * ORDER);
const logarithms = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < ORDER; exponent++) {
  powers[exponent] = value;
  powers[exponent + ORDER] = value;
  logarithms[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? POLYNOMIAL : 0);
}

/** Product in GF(2^8); addition is XOR. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return powers[(logarithms[a] ?? 0) + (logarithms[b] ?? 0)] ?? 0;
}

/** Throws a RangeError for zero, which has no inverse. */
export function invert(a: number): number {
  if (a === 0) throw new RangeError('zero has no inverse');
  return powers[ORDER - (logarithms[a] ?? 0)] ?? 0;
}
