import type { CatalogMaintenance } from '../../catalog/index.ts';
import type { Preparation } from './preparation.ts';

/** After so many in a row something else is wrong than the files: the next run tries again. */
const MOST_FAILURES_IN_A_ROW = 20;

export interface BackfillOptions {
  readonly catalog: Pick<CatalogMaintenance, 'originalsWithout'>;
  readonly preparation: Pick<Preparation, 'ensureTable'>;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Called after each table with the time that it took: what keeps the machine free for listeners. */
  readonly rest: (workedMs: number) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly onProgress: (progress: BackfillProgress) => void;
}

export interface BackfillProgress {
  readonly made: number;
  readonly missing: number;
}

/**
 * Makes the packet tables of originals that were imported before there were any, or whose reader broke down, one
 * after the other. Killed or aborted, the next run goes on with what is left. Answers how many are still missing.
 */
export async function backfillTables(options: BackfillOptions): Promise<number> {
  const { catalog, preparation, signal, now, rest } = options;
  let missing = 0;
  for await (const _ of catalog.originalsWithout('packet-table')) {
    signal.throwIfAborted();
    missing++;
  }
  let made = 0;
  let failuresInARow = 0;
  options.onProgress({ made, missing });
  if (missing === 0) return 0;
  for await (const original of catalog.originalsWithout('packet-table')) {
    signal.throwIfAborted();
    const startedMs = now();
    try {
      await preparation.ensureTable(original);
      failuresInARow = 0;
      made++;
      missing = Math.max(0, missing - 1);
    } catch (error) {
      signal.throwIfAborted();
      options.onFailure(error);
      if (++failuresInARow === MOST_FAILURES_IN_A_ROW) break;
    }
    options.onProgress({ made, missing });
    await rest(now() - startedMs);
  }
  return missing;
}
