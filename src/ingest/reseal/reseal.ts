import type { StoredAsset } from '../../catalog/index.ts';
import { type AssetId, ClefError, type ErrorCode, isClefError, unreachable } from '../../core/index.ts';
import type { AssetFacts } from '../../vault/index.ts';
import { parseCompanionBirth, parseCoverBirth } from '../birth.ts';
import type { ResealGround } from './port.ts';
import { companionsAgain, sealAgain } from './seal-again.ts';

/** After so many in a row something else is wrong than single assets. */
const MOST_FAILURES_IN_A_ROW = 5;
/** What is wrong with one asset only, however many such follow one another: of a run that goes on, all that is left may be. */
const OF_ONE_ASSET: ReadonlySet<ErrorCode> = new Set([
  'vault-asset-lost',
  'decryption-failed',
  'malformed-asset',
]);

export interface ResealProgress {
  /** Assets that were looked at, of those of these epochs that there were at the start. */
  readonly done: number;
  readonly total: number;
  readonly bytesDone: number;
}

export interface ResealOptions extends ResealGround {
  /** None of them is the one that seals. */
  readonly epochs: ReadonlySet<number>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ResealProgress) => void;
  readonly onFailure: (asset: StoredAsset, error: ClefError) => void;
}

export interface ResealReport {
  /** Assets that another took the place of, without their companions. */
  readonly resealed: number;
  readonly resealedBytes: number;
  /** Assets that have a tombstone now, and had none. */
  readonly buried: number;
  /** Assets that stay as they are: a later run tries them again. */
  readonly failed: number;
}

/**
 * Seals everything of old epochs anew, one asset after the other: the new one is sealed and read back, one transaction
 * has it take the old one's place, and the old one gets its tombstone. Killed at any moment, the next run goes on: what
 * is left is what the catalogue has of these epochs, and what nobody refers to is buried then. What was sealed and
 * never named is a sweep's to find.
 */
export async function reseal(options: ResealOptions): Promise<ResealReport> {
  const { catalog, epochs, signal, onProgress, onFailure, alone } = options;
  const counts = { resealed: 0, resealedBytes: 0, buried: 0, failed: 0 };
  let total = 0;
  for await (const _ of catalog.assetsOfEpochs(epochs)) {
    signal.throwIfAborted();
    total++;
  }
  let done = 0;
  let failuresInARow = 0;
  onProgress({ done, total, bytesDone: 0 });
  for await (const { assetId } of catalog.assetsOfEpochs(epochs)) {
    signal.throwIfAborted();
    const outcome = await alone(async (): Promise<Outcome> => {
      // As it is now: another run, or an import, may have been faster.
      const asset = await catalog.assetInUse(assetId);
      return asset ? resealOne(options, asset) : { gone: [assetId] };
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!isClefError(error) || error.code === 'internal') throw error;
      if (!OF_ONE_ASSET.has(error.code) && ++failuresInARow === MOST_FAILURES_IN_A_ROW) throw error;
      return error;
    });
    if (outcome instanceof ClefError) {
      counts.failed++;
      const asset = await catalog.assetInUse(assetId);
      if (asset) onFailure(asset, outcome);
    } else {
      for (const id of outcome.gone) if (await options.bury(id, signal)) counts.buried++;
      if (outcome.lengthBytes !== undefined) {
        failuresInARow = 0;
        counts.resealed++;
        counts.resealedBytes += outcome.lengthBytes;
      }
    }
    onProgress({ done: ++done, total, bytesDone: counts.resealedBytes });
  }
  return counts;
}

interface Outcome {
  /** What nothing refers to any more. */
  readonly gone: readonly AssetId[];
  /** Absent where nothing was sealed. */
  readonly lengthBytes?: number;
}

async function resealOne(options: ResealOptions, asset: StoredAsset): Promise<Outcome> {
  const { catalog, signal } = options;
  const facts = await options.facts(asset, signal);
  const { lengthBytes, assetId: from } = asset;
  switch (facts.kind) {
    case 'original': {
      const to = await sealAgain(options, asset, facts, signal);
      const companions = await companionsAgain(options, from, to.assetId, signal);
      return { gone: await catalog.exchangeAsset({ kind: 'original', from, to, companions }), lengthBytes };
    }
    case 'cover': {
      const cover = parseCoverBirth(facts.birth);
      if (!cover) throw unreadable(from);
      const to = await sealAgain(options, asset, facts, signal);
      const { contentHash: coverHash } = cover;
      return { gone: await catalog.exchangeAsset({ kind: 'cover', from, to, coverHash }), lengthBytes };
    }
    case 'rendition':
    case 'packet-table':
      return resealCompanion(options, asset, facts);
  }
  return unreachable(facts.kind);
}

/** Its parent's own turn takes it along, unless that is of a newer epoch: then it is exchanged by itself. */
async function resealCompanion(
  options: ResealOptions,
  asset: StoredAsset,
  facts: AssetFacts,
): Promise<Outcome> {
  const { catalog, epochs, signal } = options;
  const { assetId: from, lengthBytes } = asset;
  const born = parseCompanionBirth(facts.birth);
  if (!born) throw unreadable(from);
  const parent = await catalog.assetInUse(born.parent);
  if (parent && epochs.has(parent.epoch)) return { gone: [] };
  const to = await sealAgain(options, asset, facts, signal);
  const companions = await companionsAgain(options, from, to.assetId, signal);
  const { parent: of, companion: as } = born;
  const gone = await catalog.exchangeAsset({ kind: 'companion', from, to, of, as, companions });
  return { gone, lengthBytes };
}

function unreadable(id: AssetId): ClefError {
  return new ClefError('malformed-asset', `asset ${id} has a birth record that this Clef does not read`);
}
