import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { currentEpoch } from '../../crypto/index.ts';
import { reseal, type ResealReport } from '../../ingest/index.ts';
import { createPace, readFacts, TOMBSTONE_AGE_MS } from '../../vault/index.ts';
import type { App } from '../app/app.ts';
import { trackKeyFinder } from '../app/media.ts';
import { openQuietReader } from '../app/quiet-reader.ts';
import { signRemoval } from './bury.ts';
import { operation, type OperationContext } from './operation.ts';

/** What is in use of one epoch. */
export interface EpochHolding {
  readonly epoch: number;
  readonly assets: number;
  /** Of all their columns. */
  readonly storedBytes: number;
}

export interface ResealSummary extends ResealReport {
  /** What was to be sealed anew, as it was found. */
  readonly found: readonly EpochHolding[];
  readonly isDryRun: boolean;
  /** The epoch that everything new is sealed under. */
  readonly epoch: number;
  /** From when on a sweep erases what was buried last. */
  readonly erasableAt: string;
}

const NOTHING: ResealReport = { resealed: 0, resealedBytes: 0, buried: 0, failed: 0 };

/** Safe to end at any moment, and to run while people listen and import; the next run goes on with what is left. */
export const resealKeys = operation({
  name: 'keys.reseal',
  args: v.object({
    /** Absent: all but the one that seals. */
    epoch: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    dryRun: v.boolean(),
    bytesPerSecond: v.optional(v.number()),
  }),
  async run(app, { epoch, dryRun, bytesPerSecond }, context): Promise<ResealSummary> {
    const { keys, shell } = app;
    const { library } = keys.sealing;
    const sealing = currentEpoch(library).epoch;
    const earlier = library.epochs.map((one) => one.epoch).filter((one) => one < sealing);
    if (epoch !== undefined && !earlier.includes(epoch)) {
      const which = earlier.length === 0 ? 'there is none' : `there are ${earlier.join(', ')}`;
      throw new ClefError('bad-request', `--epoch takes an epoch before the one that seals: ${which}`);
    }
    const epochs = new Set(epoch === undefined ? earlier : [epoch]);
    const found = await survey(app, epochs);
    const report = dryRun ? NOTHING : await resealAssets(app, epochs, bytesPerSecond, context);
    return {
      ...report,
      found,
      isDryRun: dryRun,
      epoch: sealing,
      erasableAt: new Date(shell.now() + TOMBSTONE_AGE_MS).toISOString(),
    };
  },
});

async function survey({ catalog }: App, epochs: ReadonlySet<number>): Promise<readonly EpochHolding[]> {
  const found = new Map([...epochs].map((epoch) => [epoch, { epoch, assets: 0, storedBytes: 0 }]));
  for await (const { epoch, storedBytes, isReferenced } of catalog.assetsOfEpochs(epochs)) {
    const holding = found.get(epoch);
    if (!holding || !isReferenced) continue;
    holding.assets++;
    holding.storedBytes += storedBytes;
  }
  return [...found.values()];
}

async function resealAssets(
  app: App,
  epochs: ReadonlySet<number>,
  bytesPerSecond: number | undefined,
  { signal, onProgress }: OperationContext,
): Promise<ResealReport> {
  const { catalog, vault, nodes, keys, imports, log, shell } = app;
  const trackKey = trackKeyFinder({ unlocked: Promise.resolve(app) });
  const pace = createPace({
    signal,
    now: shell.now,
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
  });
  return reseal({
    catalog,
    reader: await openQuietReader(app),
    seal: (input) => vault.write(input),
    facts: async (asset) =>
      readFacts(asset, await trackKey(asset), { nodes, trust: keys.keys.trust, signal }),
    bury: (id) => signRemoval(app, id, signal),
    alone: (work) => imports.alone(work),
    pace,
    now: shell.now,
    epochs,
    signal,
    onProgress,
    onFailure: ({ assetId }, error) =>
      log.warn({ err: error, assetId }, 'an asset could not be sealed anew; it stays as it is'),
  });
}
