import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as v from 'valibot';
import type { Change } from '../catalog/index.ts';
import { asBytes, type Bytes, ClefError, fromUtf8, utf8 } from '../core/index.ts';

/** What a payload may unpack to, docs/format.md: a bound against a bomb, far over what a writer packs. */
const MAX_UNPACKED_BYTES = 2 ** 26;

const rowValue = v.union([v.string(), v.number(), v.null(), v.object({ $bytes: v.string() })]);

const changeSchema = v.object({
  seq: v.pipe(v.number(), v.safeInteger()),
  table: v.string(),
  key: v.array(v.union([v.string(), v.number()])),
  rowVersion: v.pipe(v.number(), v.safeInteger()),
  row: v.optional(v.record(v.string(), rowValue)),
});

/** Changes for one segment, counted by the bytes of their JSON since rows differ a thousandfold. */
export class ChangeBatch {
  readonly #limitBytes: number;
  readonly #lines: string[] = [];
  #bytes = 0;
  #lastSeq = 0;

  /** Full from so many bytes on: it passes the limit by one row at most. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limitBytes;
  }

  /** Of the change that was added last. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  add(change: Change): void {
    const line = JSON.stringify(change);
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#lastSeq = change.seq;
  }

  /** JSON lines, gzip: about a sixth of their length. */
  async pack(): Promise<Bytes> {
    return asBytes(await promisify(gzip)(utf8(this.#lines.join('\n'))));
  }
}

export async function packChanges(changes: readonly Change[]): Promise<Bytes> {
  const batch = new ChangeBatch(Number.POSITIVE_INFINITY);
  for (const change of changes) batch.add(change);
  return batch.pack();
}

/** Members that a newer Clef added are passed over. Throws `malformed-asset`. */
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
