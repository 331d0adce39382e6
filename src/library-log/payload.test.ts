import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../catalog/index.ts';
import { asBytes, utf8 } from '../core/index.ts';
import { ChangeBatch, packChanges, unpackChanges } from './payload.ts';

const rowValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  fc.constant(null),
  fc.base64String().map(($bytes) => ({ $bytes })),
);
/** No table has a column of the names that valibot keeps away from objects. */
const columnName = fc.stringMatching(/^[a-z][a-z_]{0,11}$/).filter((name) => !(name in Object.prototype));
const change: fc.Arbitrary<Change> = fc.record(
  {
    seq: fc.maxSafeNat(),
    table: fc.string(),
    key: fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
    rowVersion: fc.maxSafeNat(),
    row: fc.dictionary(columnName, rowValue, { noNullPrototype: true }),
  },
  { requiredKeys: ['seq', 'table', 'key', 'rowVersion'] },
);

describe('a payload', () => {
  it('gives back every change that was packed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change), async (changes) => {
        expect(await unpackChanges(await packChanges(changes))).toEqual(changes);
      }),
      { numRuns: 50 },
    );
  });

  it('passes over members that a newer Clef added', async () => {
    const line = JSON.stringify({ seq: 1, table: 't', key: ['k'], rowVersion: 1, reason: 'new' });
    const [read] = await unpackChanges(asBytes(gzipSync(utf8(line))));
    expect(read).toEqual({ seq: 1, table: 't', key: ['k'], rowVersion: 1 });
  });

  it.each([
    ['no gzip', utf8('{}')],
    ['no JSON', asBytes(gzipSync('nothing'))],
    ['no change', asBytes(gzipSync('{"seq":1}'))],
    ['no UTF-8', asBytes(gzipSync(Uint8Array.of(0xff, 0xfe)))],
  ])('is refused when it is %s', async (_what, bytes) => {
    await expect(unpackChanges(bytes)).rejects.toMatchObject({ code: 'malformed-asset' });
  });

  it('is refused when it unpacks to more than any writer packs', async () => {
    const bomb = asBytes(gzipSync(new Uint8Array(2 ** 26 + 1)));
    await expect(unpackChanges(bomb)).rejects.toMatchObject({ code: 'malformed-asset' });
  });
});

describe('a batch', () => {
  it('is full by bytes, whatever the number of rows', () => {
    const batch = new ChangeBatch(1_000);
    for (let seq = 1; !batch.isFull; seq++) batch.add({ seq, table: 't', key: [seq], rowVersion: 1 });
    expect(batch.lastSeq).toBeGreaterThan(15);
    const ofOne = new ChangeBatch(1_000);
    ofOne.add({ seq: 7, table: 'lyrics', key: [1], rowVersion: 1, row: { lines: 'la '.repeat(400) } });
    expect(ofOne.isFull).toBe(true);
    expect(ofOne.lastSeq).toBe(7);
  });
});
