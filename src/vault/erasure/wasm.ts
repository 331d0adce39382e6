import { unreachable } from '../../core/index.ts';
import { MAX_COLUMNS } from '../../crypto/index.ts';
import { createErasureCode, type ErasureCode } from './erasure-code.ts';
import { multiply } from './field.ts';
import type { Matrix } from './matrix.ts';

/** What assembly/kernel.ts exports: pointers, and counts of bytes. */
interface Kernel {
  sum(inputs: number, stride: number, count: number, output: number, length: number): void;
  sumAndCombine(
    inputs: number,
    stride: number,
    count: number,
    tables: number,
    coefficients: number,
    output: number,
    length: number,
  ): void;
  combine1(
    inputs: number,
    stride: number,
    count: number,
    tables: number,
    coefficients: number,
    unit: number,
    output: number,
    length: number,
  ): void;
  combine2(
    inputs: number,
    stride: number,
    count: number,
    tables: number,
    coefficients: number,
    row: number,
    unit: number,
    output: number,
    length: number,
  ): void;
}

/**
 * Cells go through the kernel in blocks, one of each column side by side. All blocks together stay in a
 * processor's second-level cache while their parity is computed.
 */
const WINDOW_BYTES = 196_608;
const MAX_BLOCK_BYTES = 32_768;
/** The kernel's loops go in steps of this size. */
const STEP_BYTES = 64;
/** Between blocks, an odd number of cache lines: columns must not fall into the same sets of the cache. */
const GAP_BYTES = 5 * STEP_BYTES;

const TABLE_BYTES = 32;
const MASK_BYTES = 16;
const TABLES = 0;
const MASK = TABLES + 256 * TABLE_BYTES;
const COEFFICIENTS = MASK + MASK_BYTES;
const BLOCKS = COEFFICIENTS + MAX_COLUMNS * MAX_COLUMNS;
/** Never more inputs than k, and never more results than k + m. */
const MAX_BLOCKS = 2 * MAX_COLUMNS;
const MEMORY_BYTES = BLOCKS + WINDOW_BYTES + MAX_BLOCKS * GAP_BYTES;
const PAGE_BYTES = 65_536;

/** The code that runs in WebAssembly SIMD, from the bytes of build/erasure.wasm. The same in a browser. */
export async function instantiateErasureCode(wasm: BufferSource): Promise<ErasureCode> {
  const pages = Math.ceil(MEMORY_BYTES / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  // The module is ours, built from assembly/kernel.ts.
  const kernel = instance.exports as unknown as Kernel;
  const bytes = new Uint8Array(memory.buffer);
  writeConstants(bytes);
  return createErasureCode((inputs, coefficients, results) => {
    const blockCount = inputs.length + results.length;
    const blockBytes = Math.min(MAX_BLOCK_BYTES, roundDown(WINDOW_BYTES / blockCount));
    const strideBytes = blockBytes + GAP_BYTES;
    const outputs = BLOCKS + inputs.length * strideBytes;
    const lengthBytes = results[0]?.length ?? 0;
    const passes = planPasses(coefficients, inputs.length);
    for (const [r, row] of coefficients.entries()) bytes.set(row, COEFFICIENTS + r * MAX_COLUMNS);
    for (let start = 0; start < lengthBytes; start += blockBytes) {
      const end = Math.min(start + blockBytes, lengthBytes);
      for (const [i, input] of inputs.entries()) takeIn(bytes, BLOCKS + i * strideBytes, input, start, end);
      for (const pass of passes) run(kernel, pass, inputs.length, strideBytes, end - start);
      for (const [r, result] of results.entries()) {
        const output = outputs + r * strideBytes;
        result.set(bytes.subarray(output, output + end - start), start);
      }
    }
  });
}

function roundDown(lengthBytes: number): number {
  return Math.floor(lengthBytes / STEP_BYTES) * STEP_BYTES;
}

/** For each coefficient its products with 0 to 15, then with 16 times those; after them the nibble mask. */
function writeConstants(memory: Uint8Array): void {
  for (let coefficient = 0; coefficient < 256; coefficient++) {
    const table = TABLES + coefficient * TABLE_BYTES;
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[table + nibble] = multiply(coefficient, nibble);
      memory[table + 16 + nibble] = multiply(coefficient, nibble << 4);
    }
  }
  memory.fill(0x0f, MASK, MASK + MASK_BYTES);
}

/** One call of the kernel: which result it begins with. Its name says how many it computes. */
interface Pass {
  readonly kind: keyof Kernel;
  readonly result: number;
  /** The first coefficient of each of its results is 1, as it is for every parity. */
  readonly unit: boolean;
}

function planPasses(coefficients: Matrix, inputCount: number): Pass[] {
  const passes: Pass[] = [];
  for (let result = 0; result < coefficients.length; result++) {
    const row = coefficients[result];
    const next = coefficients[result + 1];
    const plain = row?.every((coefficient) => coefficient === 1) === true;
    const unit = inputCount > 0 && row?.[0] === 1;
    const bothUnit = unit && next?.[0] === 1;
    if (plain && bothUnit) {
      passes.push({ kind: 'sumAndCombine', result, unit });
      result++;
    } else if (plain) {
      passes.push({ kind: 'sum', result, unit });
    } else if (next) {
      passes.push({ kind: 'combine2', result, unit: bothUnit });
      result++;
    } else {
      passes.push({ kind: 'combine1', result, unit });
    }
  }
  return passes;
}

function run(kernel: Kernel, pass: Pass, count: number, stride: number, lengthBytes: number): void {
  const length = Math.ceil(lengthBytes / STEP_BYTES) * STEP_BYTES;
  const output = BLOCKS + (count + pass.result) * stride;
  const row = COEFFICIENTS + pass.result * MAX_COLUMNS;
  const unit = pass.unit ? 1 : 0;
  switch (pass.kind) {
    case 'sum':
      return kernel.sum(BLOCKS, stride, count, output, length);
    case 'sumAndCombine':
      return kernel.sumAndCombine(BLOCKS, stride, count, TABLES, row + MAX_COLUMNS, output, length);
    case 'combine1':
      return kernel.combine1(BLOCKS, stride, count, TABLES, row, unit, output, length);
    case 'combine2':
      return kernel.combine2(BLOCKS, stride, count, TABLES, row, MAX_COLUMNS, unit, output, length);
    default:
      return unreachable(pass.kind);
  }
}

/** Copies a part of a cell into its block; what the cell does not have is zeros. */
function takeIn(memory: Uint8Array, target: number, cell: Uint8Array, start: number, end: number): void {
  const part = cell.subarray(start, end);
  memory.set(part, target);
  if (part.length < end - start) memory.fill(0, target + part.length, target + end - start);
}
