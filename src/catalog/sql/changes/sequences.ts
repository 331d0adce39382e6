import { BUCKET_COUNT } from '../../../core/index.ts';
import { prepared } from '../prepared.ts';
import type { IdSequenceRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { IncomingChange } from './incoming.ts';

/**
 * Left free above every id that a log knows of: the newest changes of a lost server may be in no log, and the
 * ids that it gave in them must not be given again. 2^20 of 2^43 a bucket, for each recovery.
 */
const RECOVERY_GAP = 2 ** 20;

/** Tables whose second key column is an id that `nextId` gave. */
const TABLES_WITH_IDS: ReadonlySet<string> = new Set([
  'source',
  'track',
  'album',
  'artist',
  'user',
  'credential',
  'audit',
  'playlist',
]);

const allSequences = prepared<Readonly<Record<string, never>>, IdSequenceRow>((db) =>
  db.selectFrom('id_sequence').selectAll(),
);

/** Notes the first sequence number of a bucket that a change leaves free. */
export function noteUsedSequence(change: IncomingChange, free: Map<number, number>): void {
  const { vb } = change.key;
  const { values, table } = change;
  let next = 0;
  if (table.name === 'id_sequence') next = Number(values?.['next_seq'] ?? 0);
  else if (TABLES_WITH_IDS.has(table.name)) {
    next = Math.floor(Number(change.key[table.key[1] ?? '']) / BUCKET_COUNT) + 1;
  }
  if (next > (free.get(vb) ?? 0)) free.set(vb, next);
}

/**
 * Moves every bucket's sequence beyond what was seen, also of buckets that were not: the lost changes may have
 * been their first. Maxima, so that any order and any repetition lead to the same.
 */
export async function raiseSequences(
  tx: CatalogTransaction,
  free: ReadonlyMap<number, number>,
): Promise<void> {
  const known = new Map((await tx.all(allSequences, {})).map(({ vb, next_seq }) => [vb, next_seq]));
  for (let vb = 0; vb < BUCKET_COUNT; vb++) {
    const next_seq = Math.max(known.get(vb) ?? 0, (free.get(vb) ?? 1) + RECOVERY_GAP);
    // Sequences are merged by maximum; a version that says the same keeps equal catalogues equal.
    if (next_seq !== known.get(vb)) tx.rows.write('id_sequence', { vb, next_seq, row_version: next_seq });
  }
}

/** As after a log that ended with what is here. In the outbox, since it is a change like any other. */
export async function skipSequences(tx: CatalogTransaction): Promise<void> {
  const buckets = Array.from({ length: BUCKET_COUNT }, (_, vb) => ({ vb }));
  await tx.rows.load('id_sequence', buckets);
  for (const key of buckets) {
    const known = await tx.rows.get('id_sequence', key);
    await tx.put('id_sequence', { ...key, next_seq: (known?.next_seq ?? 1) + RECOVERY_GAP });
  }
}
