// AssemblyScript, compiled by scripts/build-wasm.ts. All memory is the host's: this module has no data and
// no allocator. Every function goes over `length` bytes of `count` inputs that lie `stride` bytes apart;
// pointers are multiples of 16 and `length` is one of 64.
//
// A product in GF(2^8) with a constant c is two table look-ups: c * v = c * (v & 0x0f) + c * (v & 0xf0). Each
// constant has 32 bytes at `tables + 32 * c`, its products with 0 to 15 and with 16 times those, and a swizzle
// looks up sixteen bytes at once (Plank, Greenan, Miller: "Screaming Fast Galois Field Arithmetic Using Intel
// SIMD Instructions", FAST 2013).

// @ts-ignore: decorator
@inline
function lowOf(value: v128): v128 {
  return v128.and(value, i8x16.splat(0x0f));
}

// @ts-ignore: decorator
@inline
function highOf(value: v128): v128 {
  return i8x16.shr_u(value, 4);
}

// @ts-ignore: decorator
@inline
function looked(lowTable: v128, highTable: v128, value: v128): v128 {
  return v128.xor(i8x16.swizzle(lowTable, lowOf(value)), i8x16.swizzle(highTable, highOf(value)));
}

/** output = sum of all inputs */
export function sum(inputs: usize, stride: usize, count: usize, output: usize, length: usize): void {
  const end = inputs + stride * count;
  for (let at: usize = 0; at < length; at += 64) {
    let sum0 = i64x2.splat(0);
    let sum1 = i64x2.splat(0);
    let sum2 = i64x2.splat(0);
    let sum3 = i64x2.splat(0);
    for (let input = inputs + at; input < end; input += stride) {
      sum0 = v128.xor(sum0, v128.load(input));
      sum1 = v128.xor(sum1, v128.load(input, 16));
      sum2 = v128.xor(sum2, v128.load(input, 32));
      sum3 = v128.xor(sum3, v128.load(input, 48));
    }
    v128.store(output + at, sum0);
    v128.store(output + at, sum1, 16);
    v128.store(output + at, sum2, 32);
    v128.store(output + at, sum3, 48);
  }
}

/** output = sum of coefficients[i] * input i */
export function combine1(
  inputs: usize,
  stride: usize,
  count: usize,
  tables: usize,
  coefficients: usize,
  output: usize,
  length: usize,
): void {
  for (let at: usize = 0; at < length; at += 64) {
    let sum0 = i64x2.splat(0);
    let sum1 = i64x2.splat(0);
    let sum2 = i64x2.splat(0);
    let sum3 = i64x2.splat(0);
    let input = inputs + at;
    for (let i: usize = 0; i < count; i++, input += stride) {
      const table = tables + 32 * <usize>load<u8>(coefficients + i);
      const low = v128.load(table);
      const high = v128.load(table, 16);
      sum0 = v128.xor(sum0, looked(low, high, v128.load(input)));
      sum1 = v128.xor(sum1, looked(low, high, v128.load(input, 16)));
      sum2 = v128.xor(sum2, looked(low, high, v128.load(input, 32)));
      sum3 = v128.xor(sum3, looked(low, high, v128.load(input, 48)));
    }
    v128.store(output + at, sum0);
    v128.store(output + at, sum1, 16);
    v128.store(output + at, sum2, 32);
    v128.store(output + at, sum3, 48);
  }
}
