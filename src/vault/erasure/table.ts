import { createErasureCode } from './erasure-code.ts';
import { multiply } from './field.ts';

/** Row c holds c times each byte. */
const products = Array.from({ length: 256 }, (_, coefficient) =>
  Uint8Array.from({ length: 256 }, (_, value) => multiply(coefficient, value)),
);
const ZERO_TIMES = new Uint8Array(256);

/** In plain JavaScript: slow, obvious, and what the WebAssembly kernel is held against. */
export const tableErasureCode = createErasureCode((inputs, coefficients, results) => {
  for (const [r, result] of results.entries()) {
    result.fill(0);
    for (const [i, input] of inputs.entries()) {
      const times = products[coefficients[r]?.[i] ?? 0] ?? ZERO_TIMES;
      for (let at = 0; at < input.length; at++) {
        result[at] = (result[at] ?? 0) ^ (times[input[at] ?? 0] ?? 0);
      }
    }
  }
});
