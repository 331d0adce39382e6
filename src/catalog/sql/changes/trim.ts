import { setImmediate } from 'node:timers/promises';
import type { CatalogDatabase } from '../catalog-database.ts';
import { lanesOf, type LanePlace, trimOutbox } from './outbox.ts';

/** In one transaction: others get their turn in between, and no statement takes longer than a database is waited for. */
const CHANGES_AT_ONCE = 2_000;
const LANES_AT_ONCE = 64;

/** Forgets what lanes hold up to a place in each, a little at a time. */
export async function trimLanes(database: CatalogDatabase, places: readonly LanePlace[]): Promise<void> {
  const ordered = places.toSorted((a, b) => a.vb - b.vb);
  const known = await database.patient.list(
    lanesOf,
    ordered.map(({ vb }) => vb),
    {},
  );
  const trimmed = new Map(known.map(({ vb, trimmed_seq }) => [vb, trimmed_seq]));
  let step: LanePlace[] = [];
  let room = CHANGES_AT_ONCE;
  const take = async () => {
    const taken = step;
    [step, room] = [[], CHANGES_AT_ONCE];
    if (taken.length === 0) return;
    await database.transact((tx) => trimOutbox(tx, taken), { isPatient: true });
    await setImmediate();
  };
  for (const { vb, seq: last } of ordered) {
    for (let seq = trimmed.get(vb) ?? 0; seq < last; ) {
      const next = Math.min(last, seq + room);
      step.push({ vb, seq: next });
      room -= next - seq;
      seq = next;
      if (room === 0 || step.length === LANES_AT_ONCE) await take();
    }
  }
  await take();
}
