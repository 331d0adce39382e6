import { type Executor, prepared, preparedList, preparedRows } from '../prepared.ts';
import type { OutboxEntryRow, OutboxLaneRow } from '../schema.ts';

/**
 * `one`: all changes are counted together, in lane 0. `bucket`: each bucket has a lane of its own, which lies where the
 * bucket does and moves with it.
 */
export type Lanes = 'one' | 'bucket';

/** A change before it has its place. */
export interface OutboxChange extends Omit<OutboxEntryRow, 'seq' | 'writer'> {
  /** The changed row's bucket. */
  readonly vb: number;
}

/** Where a commit's last change in a lane is. */
export interface LanePlace {
  readonly vb: number;
  readonly seq: number;
}

export const lanesOf = preparedList<number, Readonly<Record<string, never>>, OutboxLaneRow>(
  (vb) => [vb],
  (db, lanes) => db.selectFrom('outbox_lane').selectAll().where('vb', 'in', lanes.flat()).orderBy('vb'),
);
const putLanes = preparedRows<OutboxLaneRow>(['vb', 'last_seq', 'trimmed_seq'], (db, rows) =>
  db.replaceInto('outbox_lane').values(rows),
);
const insertEntries = preparedRows<OutboxEntryRow>(
  ['vb', 'seq', 'writer', 'table_name', 'row_key', 'row_version', 'row'],
  (db, rows) => db.insertInto('outbox_entry').values(rows),
);
const deleteEntries = preparedList<LanePlace, Readonly<Record<string, never>>, unknown>(
  ({ vb, seq }) => [vb, seq],
  (db, places) =>
    db
      .deleteFrom('outbox_entry')
      .where((entry) =>
        entry.or(
          places.map(([vb, seq]) =>
            entry.and([entry('vb', '=', vb as never), entry('seq', '<=', seq as never)]),
          ),
        ),
      ),
);
const entryAt = prepared<LanePlace, { writer: string }>((db, param) =>
  db
    .selectFrom('outbox_entry')
    .select('writer')
    .where('vb', '=', param('vb'))
    .where('seq', '=', param('seq')),
);

/**
 * Writes a transaction's changes as its last step. Whoever does so holds the lanes' rows until the commit, so that the
 * numbers of a lane are in the order of the commits, and a reader that stands at one has missed none before it.
 */
export async function appendToOutbox(
  tx: Executor,
  changes: readonly OutboxChange[],
  { lanes, writer }: { readonly lanes: Lanes; readonly writer: string },
): Promise<readonly LanePlace[]> {
  const byLane = Map.groupBy(changes, ({ vb }) => (lanes === 'one' ? 0 : vb));
  const touched = [...byLane.keys()].sort((a, b) => a - b);
  const known = new Map((await tx.list(lanesOf, touched, {})).map((lane) => [lane.vb, lane]));
  const heads: OutboxLaneRow[] = [];
  const entries: OutboxEntryRow[] = [];
  for (const vb of touched) {
    const { last_seq = 0, trimmed_seq = 0 } = known.get(vb) ?? {};
    let seq = last_seq;
    for (const change of byLane.get(vb) ?? []) entries.push({ ...change, vb, seq: ++seq, writer });
    heads.push({ vb, last_seq: seq, trimmed_seq });
  }
  await tx.runAll(putLanes, heads);
  await tx.runAll(insertEntries, entries);
  return heads.map(({ vb, last_seq }) => ({ vb, seq: last_seq }));
}

/**
 * Whether a writer's changes were committed, asked in another transaction. Who holds the lane's row has seen the end of everybody
 * before; a number that was not committed may be another writer's by then. Undefined where they were trimmed since.
 */
export async function isInOutbox(
  tx: Executor,
  place: LanePlace,
  writer: string,
): Promise<boolean | undefined> {
  const [lane] = await tx.list(lanesOf, [place.vb], {});
  const entry = await tx.first(entryAt, place);
  if (entry !== undefined) return entry.writer === writer;
  return (lane?.trimmed_seq ?? 0) < place.seq ? false : undefined;
}

/** Forgets what lanes hold up to a place in each, which is not beyond their ends. */
export async function trimOutbox(tx: Executor, places: readonly LanePlace[]): Promise<void> {
  const upTo = new Map(places.map(({ vb, seq }) => [vb, seq]));
  const lanes = (await tx.list(lanesOf, [...upTo.keys()], {})).map((lane) => ({
    ...lane,
    trimmed_seq: Math.max(lane.trimmed_seq, Math.min(lane.last_seq, upTo.get(lane.vb) ?? 0)),
  }));
  const trimmed = lanes.map(({ vb, trimmed_seq: seq }) => ({ vb, seq }));
  await tx.list(deleteEntries, trimmed, {});
  await tx.runAll(putLanes, lanes);
}
