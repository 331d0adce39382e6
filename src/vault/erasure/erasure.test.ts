import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ErasureCode, tableErasureCode } from './index.ts';
import { loadErasureCode } from './load.ts';

const MAX_CELL_BYTES = 300;
const policy = fc
  .integer({ min: 1, max: 32 })
  .chain((k) => fc.record({ k: fc.constant(k), m: fc.integer({ min: 0, max: 32 - k }) }));

interface Row {
  readonly k: number;
  readonly m: number;
  readonly cells: (Uint8Array | undefined)[];
}

/** A row as long as its first cell; the others may be shorter, empty, or absent. */
const anyRow: fc.Arbitrary<Row> = policy.chain(({ k, m }) =>
  fc.uint8Array({ maxLength: MAX_CELL_BYTES }).chain((first) =>
    fc
      .array(fc.option(fc.uint8Array({ maxLength: first.length }), { nil: undefined, freq: 5 }), {
        minLength: k - 1,
        maxLength: k - 1,
      })
      .map((rest) => ({ k, m, cells: [first, ...rest] })),
  ),
);

let kernel: ErasureCode;
beforeAll(async () => {
  kernel = await loadErasureCode();
});

const codes: [string, () => ErasureCode][] = [
  ['the WebAssembly erasure code', () => kernel],
  ['the table erasure code', () => tableErasureCode],
];

describe.each(codes)('%s', (_, code) => {
  test('gives back any m columns that are lost', () => {
    fc.assert(
      fc.property(anyRow, fc.infiniteStream(fc.nat()), ({ k, m, cells }, picks) => {
        const whole = wholeRow(cells, code().encode(cells, m));
        const columns: (Uint8Array | undefined)[] = [...whole.keys()].map((i) =>
          i < k ? cells[i] : whole[i],
        );
        for (const [i, cell] of columns.entries()) columns[i] = cell ?? new Uint8Array(0);
        const lost = draw(m, k + m, picks);
        for (const column of lost) columns[column] = undefined;
        expect(code().reconstruct(columns, k, lost)).toEqual(lost.map((column) => whole[column]));
      }),
    );
  });

  test('gives back columns that are not lost too', () => {
    fc.assert(
      fc.property(anyRow, ({ k, m, cells }) => {
        const whole = wholeRow(cells, code().encode(cells, m));
        expect(code().reconstruct(whole, k, [...whole.keys()])).toEqual(whole);
      }),
    );
  });

  test('cannot recover more columns than parity covers, and says so', () => {
    const parity = code().encode([Uint8Array.of(1, 2), Uint8Array.of(3, 4)], 1);
    const columns = [undefined, undefined, ...parity];
    expect(() => code().reconstruct(columns, 2, [0])).toThrow(
      expect.objectContaining({ code: 'vault-asset-lost' }),
    );
  });

  test('makes every parity of a row of one cell a copy of it', () => {
    const cell = Uint8Array.of(1, 2, 3, 250, 0);
    for (const parity of code().encode([cell, undefined, new Uint8Array(0)], 5)) expect(parity).toEqual(cell);
  });

  test('makes the first parity the XOR of the cells', () => {
    const cells = [Uint8Array.of(0x0f, 1), Uint8Array.of(0xf0), Uint8Array.of(0x11, 2)];
    expect(code().encode(cells, 1)).toEqual([Uint8Array.of(0xee, 3)]);
  });

  test('writes into the buffers it is given, at their front', () => {
    const into = [new Uint8Array(8).fill(9), new Uint8Array(8).fill(9)];
    const cells = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
    const parity = code().encode(cells, 2, into);
    expect(parity).toEqual(code().encode(cells, 2));
    expect(parity.map((cell) => cell.buffer)).toEqual(into.map((buffer) => buffer.buffer));
    expect(into[0]?.subarray(3)).toEqual(new Uint8Array(5).fill(9));
    const restored = code().reconstruct(
      [undefined, undefined, ...parity.map((cell) => cell.slice())],
      2,
      [1],
      into,
    );
    expect(restored).toEqual([cells[1]]);
    expect(() => code().encode(cells, 2, [new Uint8Array(2)])).toThrow(RangeError);
  });

  test('hands out results that no later call changes', () => {
    const [first] = code().encode([Uint8Array.of(1)], 1);
    code().encode([Uint8Array.of(2)], 1);
    expect(first).toEqual(Uint8Array.of(1));
  });

  test('leaves the cells as they were', () => {
    const cells = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
    code().encode(cells, 3);
    expect(cells).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
  });

  test('refuses a cell that is longer than the first, and shapes outside the format', () => {
    expect(() => code().encode([new Uint8Array(1), new Uint8Array(2)], 1)).toThrow(RangeError);
    const unsupported = expect.objectContaining({ code: 'unsupported-format' });
    expect(() => code().encode([], 1)).toThrow(unsupported);
    expect(() => code().encode(Array.from({ length: 30 }), 3)).toThrow(unsupported);
    expect(() => code().reconstruct([new Uint8Array(1)], 2, [0])).toThrow(unsupported);
  });

  test('computes the parity that docs/format.md gives', () => {
    const cells = [0, 1, 2, 3].map((i) => Uint8Array.from({ length: 6 }, (_, at) => 40 * i + 7 * at + 1));
    expect(
      code()
        .encode(cells, 3)
        .map((cell) => cell.toHex()),
    ).toEqual(FROZEN);
  });
});

test('both erasure codes compute the same parity, in every policy', () => {
  fc.assert(
    fc.property(anyRow, ({ m, cells }) => {
      expect(kernel.encode(cells, m)).toEqual(tableErasureCode.encode(cells, m));
    }),
  );
});

test('both erasure codes recover the same, from any columns, over many blocks of the kernel', () => {
  for (const [k, m] of [
    [1, 1],
    [2, 1],
    [4, 2],
    [5, 3],
    [20, 12],
    [1, 31],
    [31, 1],
  ] as const) {
    const cells = Array.from({ length: k }, (_, i) => scattered(70_001 - i * 997, i));
    const parity = kernel.encode(cells, m);
    for (const [i, cell] of tableErasureCode.encode(cells, m).entries()) {
      expect(Buffer.compare(cell, parity[i] ?? EMPTY)).toBe(0);
    }
    const lost = Array.from({ length: Math.min(k, m) }, (_, i) => i);
    const columns = [...cells, ...parity].map((cell, i) => (lost.includes(i) ? undefined : cell));
    for (const [i, cell] of kernel.reconstruct(columns, k, lost).entries()) {
      const original = cells[i] ?? EMPTY;
      expect(Buffer.compare(cell.subarray(0, original.length), original)).toBe(0);
      expect(cell.subarray(original.length).every((byte) => byte === 0)).toBe(true);
    }
  }
});

const EMPTY = new Uint8Array(0);
/** Parities 0 to 2 of four cells of six bytes, as computed in Python from the formula; they hold for ever. */
const FROZEN = ['00e0e0c0a080', 'e9135c20fb71', '313c2b736046'];

/** All k + m columns at the row's full length. */
function wholeRow(cells: readonly (Uint8Array | undefined)[], parity: readonly Uint8Array[]): Uint8Array[] {
  const lengthBytes = cells[0]?.length ?? 0;
  const data = cells.map((cell) => {
    const padded = new Uint8Array(lengthBytes);
    padded.set(cell ?? EMPTY);
    return padded;
  });
  return [...data, ...parity];
}

/** So many different columns of a row, as the stream picks them. */
function draw(count: number, columnCount: number, picks: fc.Stream<number>): number[] {
  const left = Array.from({ length: columnCount }, (_, column) => column);
  return Array.from({ length: count }, () => left.splice((picks.next().value ?? 0) % left.length, 1)[0] ?? 0);
}

function scattered(lengthBytes: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length: lengthBytes }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >>> 16;
  });
}
