import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as v from 'valibot';
import type { Change } from '../catalog/index.ts';
import { asBytes, type Bytes, ClefError, fromUtf8, utf8 } from '../core/index.ts';

/** What a payload may unpack to: a bound against a bomb, far over what a writer packs. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const rowValue = v.union([v.string(), v.number(), v.null(), v.strictObject({ $bytes: v.string() })]);

const changeSchema = v.strictObject({
  seq: v.pipe(v.number(), v.safeInteger()),
  table: v.string(),
  key: v.array(v.union([v.string(), v.number()])),
  rowVersion: v.pipe(v.number(), v.safeInteger()),
  row: v.optional(v.record(v.string(), rowValue)),
});

/** JSON lines, gzip. Rows compress to about a sixth, and their padded length says little. */
export async function packChanges(changes: readonly Change[]): Promise<Bytes> {
  const text = changes.map((change) => JSON.stringify(change)).join('\n');
  return asBytes(await promisify(gzip)(utf8(text)));
}

export async function unpackChanges(payload: Bytes): Promise<readonly Change[]> {
  try {
    const text = fromUtf8(await promisify(gunzip)(payload, { maxOutputLength: MAX_UNPACKED_BYTES }));
    return text === ''
      ? []
      : text.split('\n').map((line) => v.parse(changeSchema, JSON.parse(line)) as Change);
  } catch (cause) {
    throw new ClefError('malformed-asset', 'a segment of the library log holds something else than changes', {
      cause,
    });
  }
}
