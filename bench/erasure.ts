import { randomFillSync } from 'node:crypto';
import { tableErasureCode, type ErasureCode } from '../src/vault/erasure/index.ts';
import { loadErasureCode } from '../src/vault/erasure/load.ts';
import { SEALED_CHUNK_BYTES } from '../src/crypto/index.ts';
import { atLeast, type BenchResult } from './support/bench.ts';
import { cpuSecondsOf, median } from './support/measure.ts';

export const name = 'erasure';
export const aim =
  'Data bytes that the erasure code encodes, or restores from, in a second of one processor.';

const RUNS = 9;
const RUN_BYTES = 1e9;
const ORACLE_RUN_BYTES = 2e7;
const CELL_BYTES = 4 * SEALED_CHUNK_BYTES;
/** More than the processor keeps in its second-level cache. */
const ROWS = 8;

export async function run(): Promise<BenchResult> {
  const kernel = await loadErasureCode();
  const code = (k: number, m: number, into: boolean): number => encodeRate(kernel, k, m, into, RUN_BYTES);
  return {
    figures: [
      {
        name: 'encode 4+2, buffers used again',
        value: code(4, 2, true),
        unit: 'GB/CPU-s',
        aim: atLeast(4.8),
      },
      { name: 'encode 4+2, new buffers', value: code(4, 2, false), unit: 'GB/CPU-s' },
      { name: 'encode 2+1, buffers used again', value: code(2, 1, true), unit: 'GB/CPU-s' },
      { name: 'encode 20+12, buffers used again', value: code(20, 12, true), unit: 'GB/CPU-s' },
      { name: 'restore 2 of 4+2, buffers used again', value: restoreRate(kernel), unit: 'GB/CPU-s' },
      {
        name: 'encode 4+2 in plain JavaScript',
        value: encodeRate(tableErasureCode, 4, 2, true, ORACLE_RUN_BYTES),
        unit: 'GB/CPU-s',
      },
    ],
    notes: [
      `The median of ${RUNS} runs over rows of four-chunk cells in ordinary memory, copies to and from the kernel's included. Bytes of data cells are counted, not those of parity.`,
    ],
  };
}

function encodeRate(code: ErasureCode, k: number, m: number, reuse: boolean, runBytes: number): number {
  const rows = Array.from({ length: ROWS }, () => randomCells(k));
  const into = reuse ? Array.from({ length: m }, () => new Uint8Array(CELL_BYTES)) : undefined;
  return rateOf(runBytes, ROWS * k * CELL_BYTES, () => {
    for (const cells of rows) code.encode(cells, m, into);
  });
}

/** Both lost cells of every row from the two that are left and the parity. */
function restoreRate(code: ErasureCode): number {
  const rows = Array.from({ length: ROWS }, () => {
    const cells = randomCells(4);
    return [undefined, cells[1], undefined, cells[3], ...code.encode(cells, 2)];
  });
  const into = [new Uint8Array(CELL_BYTES), new Uint8Array(CELL_BYTES)];
  return rateOf(RUN_BYTES, ROWS * 4 * CELL_BYTES, () => {
    for (const columns of rows) code.reconstruct(columns, 4, [0, 2], into);
  });
}

function rateOf(runBytes: number, bytesATurn: number, turn: () => void): number {
  const turns = Math.ceil(runBytes / bytesATurn);
  const rates = Array.from({ length: RUNS + 1 }, () => {
    const seconds = cpuSecondsOf(() => {
      for (let i = 0; i < turns; i++) turn();
    });
    return (turns * bytesATurn) / 1e9 / seconds;
  });
  // The first run compiles.
  return median(rates.slice(1));
}

function randomCells(k: number): Uint8Array[] {
  return Array.from({ length: k }, () => randomFillSync(new Uint8Array(CELL_BYTES)));
}
