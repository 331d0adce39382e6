import type { Database } from '../database.ts';
import type { TransactOptions } from '../engine.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { markOrphans } from './asset-uses.ts';
import { Listings } from './listings.ts';
import { settleSuccessors } from './successors.ts';

/**
 * A transaction that changes tracks: when the work is done its lists are summed up, emptied items are sent on,
 * and assets that nothing uses any more are noted, and answered.
 */
export async function writeTracks<Result>(
  database: Database,
  nowMs: number,
  work: (tx: CatalogTransaction, listings: Listings) => Promise<Result>,
  options?: TransactOptions,
): Promise<{ readonly result: Result; readonly orphans: readonly string[] }> {
  return database.transact(
    async (tx) => {
      const listings = new Listings(tx, { isReplay: false });
      const result = await work(tx, listings);
      const changes = await listings.sumUp();
      await settleSuccessors(tx, listings.touched, changes);
      const orphans = await markOrphans(tx, listings.touched, nowMs);
      return { result, orphans };
    },
    { ...options, isPatient: true },
  );
}
