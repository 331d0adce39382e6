/** Numbers from 0 to below 1, the same ones for the same seed: Marsaglia's xorshift32 (Journal of Statistical Software 8(14), 2003). */
export function seededRandom(seed: number): () => number {
  // Its state must not be 0, and neighbouring seeds begin alike: a multiplication by an odd constant spreads them.
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}
