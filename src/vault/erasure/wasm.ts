import type { Bytes } from '../../core/index.ts';
import { MAX_COLUMNS } from '../../crypto/index.ts';
import { createErasureCode, type ErasureCode } from './erasure-code.ts';
import { multiply } from './field.ts';
import type { Matrix } from './matrix.ts';

/** What assembly/kernel.ts exports; every argument is a pointer or a count of bytes. */
interface Kernel {
  sum(inputs: number, stride: number, count: number, output: number, length: number): void;
  combine1(
    inputs: number,
    stride: number,
    count: number,
    tables: number,
    coefficients: number,
    output: number,
    length: number,
  ): void;
}

/**
 * Cells go through the kernel in blocks of this size, one of each column side by side, so that a block is
 * still in the processor's cache when its parity is computed.
 */
const BLOCK_BYTES = 8_192;
/** The kernel's loops work in steps of this size. */
const STEP_BYTES = 64;
/** More than a block, by an odd number of cache lines: columns must not fall into the same cache sets. */
const STRIDE_BYTES = BLOCK_BYTES + 5 * STEP_BYTES;

const TABLE_BYTES = 32;
const TABLES = 0;
const COEFFICIENTS = TABLES + 256 * TABLE_BYTES;
const INPUTS = COEFFICIENTS + MAX_COLUMNS * MAX_COLUMNS;
const OUTPUTS = INPUTS + MAX_COLUMNS * STRIDE_BYTES;
const MEMORY_BYTES = OUTPUTS + MAX_COLUMNS * STRIDE_BYTES;
const PAGE_BYTES = 65_536;

/** The code that runs in WebAssembly SIMD, from the bytes of build/erasure.wasm. The same in a browser. */
export async function instantiateErasureCode(wasm: BufferSource): Promise<ErasureCode> {
  const pages = Math.ceil(MEMORY_BYTES / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  // The module is ours, built from assembly/kernel.ts.
  const kernel = instance.exports as unknown as Kernel;
  const bytes = new Uint8Array(memory.buffer);
  writeTables(bytes);
  return createErasureCode((inputs, coefficients, lengthBytes) =>
    combineInBlocks(kernel, bytes, inputs, coefficients, lengthBytes),
  );
}

/** For each coefficient its products with 0 to 15, then with 16 times those. */
function writeTables(memory: Uint8Array): void {
  for (let coefficient = 0; coefficient < 256; coefficient++) {
    const table = TABLES + coefficient * TABLE_BYTES;
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[table + nibble] = multiply(coefficient, nibble);
      memory[table + 16 + nibble] = multiply(coefficient, nibble << 4);
    }
  }
}

function combineInBlocks(
  kernel: Kernel,
  memory: Uint8Array,
  inputs: readonly Uint8Array[],
  coefficients: Matrix,
  lengthBytes: number,
): Bytes[] {
  const results = coefficients.map(() => new Uint8Array(lengthBytes));
  for (const [r, row] of coefficients.entries()) memory.set(row, COEFFICIENTS + r * MAX_COLUMNS);
  const plain = coefficients.map((row) => row.every((coefficient) => coefficient === 1));
  for (let start = 0; start < lengthBytes; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, lengthBytes);
    for (const [i, input] of inputs.entries()) fill(memory, INPUTS + i * STRIDE_BYTES, input, start, end);
    const steps = Math.ceil((end - start) / STEP_BYTES) * STEP_BYTES;
    for (const [r, result] of results.entries()) {
      const output = OUTPUTS + r * STRIDE_BYTES;
      if (plain[r]) {
        kernel.sum(INPUTS, STRIDE_BYTES, inputs.length, output, steps);
      } else {
        const row = COEFFICIENTS + r * MAX_COLUMNS;
        kernel.combine1(INPUTS, STRIDE_BYTES, inputs.length, TABLES, row, output, steps);
      }
      result.set(memory.subarray(output, output + end - start), start);
    }
  }
  return results;
}

/** Copies a part of a cell into its block; what the cell does not have is zeros. */
function fill(memory: Uint8Array, target: number, cell: Uint8Array, start: number, end: number): void {
  const part = cell.subarray(start, end);
  memory.set(part, target);
  if (part.length < end - start) memory.fill(0, target + part.length, target + end - start);
}
