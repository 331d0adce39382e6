import { type AssetId, ClefError, isClefError } from '../core/index.ts';
import type { LayoutName } from './column-object.ts';
import {
  enumerateLayouts,
  findLayout,
  type FoundLayout,
  type FoundPart,
  PART_COUNT,
} from './found-layouts.ts';
import { columnsInNeed, type InspectedLayout, inspectLayout } from './inspect-layout.ts';
import type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
import { createPace } from './pace.ts';
import { severalAtOnce } from './several-at-once.ts';
import {
  findTombstone,
  type FoundTombstone,
  loadTombstones,
  spreadTombstone,
  TOMBSTONES_AT_ONCE,
} from './tombstones.ts';

/** A day: no write takes so long, and no clock of a node is trusted closer. */
const UNFINISHED_AGE_MS = 24 * 3_600_000;
/** A week in which a removal that was a mistake can be noticed. */
export const TOMBSTONE_AGE_MS = 7 * UNFINISHED_AGE_MS;
/** One sweep removes so many layouts at most; the next goes on. */
const MAX_DELETIONS = 100_000;
/** A few leftovers are normal whatever their share. */
const UNSUSPICIOUS_COUNT = 20;
const UNSUSPICIOUS_SHARE = 0.2;

/** What the catalogue says of an asset. `orphaned`: it is known, and nothing refers to it. */
export type AssetStanding = 'referenced' | 'orphaned' | 'unknown';

export interface SweepOptions extends MaintenanceOptions {
  readonly standingOf: (assetId: AssetId) => AssetStanding | Promise<AssetStanding>;
  /** A whole asset, a day old or more, that the catalogue does not know: kept, and to be adopted. */
  readonly onUnknown: (layout: InspectedLayout) => void | Promise<void>;
}

interface SweepDeletion {
  readonly name: LayoutName;
  /** `removed`: its tombstone is old enough. `unfinished`: a write that never ended. */
  readonly why: 'removed' | 'unfinished';
}

/** Why something that looks like garbage stays: the sentence a person is shown depends on it. */
export interface SweepKeeping {
  readonly name: LayoutName;
  readonly why:
    | 'tombstone-too-young'
    | 'tombstone-but-referenced'
    | 'too-young'
    | 'nodes-away'
    | 'damaged'
    | 'unverified';
}

interface SweepPlan extends MaintenanceProgress {
  readonly deletions: readonly SweepDeletion[];
  readonly keepings: readonly SweepKeeping[];
  /** Whole assets that the catalogue does not know. */
  readonly unknown: number;
  /** So much of what there is seems unfinished that something else is more likely: a node that is not mounted here. */
  readonly isSuspicious: boolean;
  readonly tombstones: readonly FoundTombstone[];
}

/**
 * Finds what no one can need. Nothing is deleted by absence: an asset goes on a tombstone that a server signed a
 * week ago, or because it was never whole: fewer than k columns, all older than a day, unknown to the catalogue,
 * with every node answering that was ever here. Changes nothing.
 */
async function planSweep(options: SweepOptions): Promise<SweepPlan> {
  const { nodes, libraryId, trust, signal } = options;
  await nodes.probe({ ...(signal && { signal }) });
  const tombstones = await loadTombstones({ nodes, libraryId, trust, ...(signal && { signal }) });
  const pace = createPace(options);
  const deletions: SweepDeletion[] = [];
  const keepings: SweepKeeping[] = [];
  const counts = { layouts: 0, unknown: 0 };
  let partsDone = options.fromPart ?? 0;
  for await (const part of enumerateLayouts(options)) {
    for (const found of part.layouts) {
      counts.layouts++;
      const judged = await judge(found, part, tombstones.get(found.name.assetId), options, pace);
      if (judged === 'unknown') counts.unknown++;
      else if (judged === 'unfinished' || judged === 'removed')
        deletions.push({ name: found.name, why: judged });
      else if (judged !== 'in-use') keepings.push({ name: found.name, why: judged });
      await pace(0);
    }
    partsDone = part.part + 1;
    options.onProgress?.({ partsDone, partCount: PART_COUNT, layouts: counts.layouts, bytesRead: 0 });
    if (deletions.length >= MAX_DELETIONS) break;
  }
  const unfinished = deletions.filter(({ why }) => why === 'unfinished').length;
  return {
    ...counts,
    partsDone,
    partCount: PART_COUNT,
    bytesRead: 0,
    deletions,
    keepings,
    isSuspicious: unfinished > Math.max(UNSUSPICIOUS_COUNT, counts.layouts * UNSUSPICIOUS_SHARE),
    tombstones: [...tombstones.values()],
  };
}

export interface SweepReport {
  /** Uploads that were never finished. */
  readonly temporaryRemoved: number;
  /** Layouts of which fewer than k columns had ever been written. */
  readonly incompleteRemoved: number;
  readonly tombstonedRemoved: number;
  /** Whole assets that the catalogue does not know; all of them are kept. */
  readonly unknownAssets: number;
  readonly keepings: readonly SweepKeeping[];
  /** Copies of tombstones made for nodes that had missed them. */
  readonly tombstonesSpread: number;
}

/** Plans and carries out. A plan that is suspicious needs a person's `confirmed`, else it is `not-allowed`. */
export async function sweep(options: SweepOptions & { readonly confirmed?: boolean }): Promise<SweepReport> {
  const plan = await planSweep(options);
  if (plan.isSuspicious && options.confirmed !== true) {
    throw new ClefError(
      'not-allowed',
      `${plan.deletions.length} of ${plan.layouts} assets seem unfinished, more than is believed without a yes`,
    );
  }
  return carryOutSweep(plan, options);
}

/**
 * Carries out a plan, each deletion after a second look. Also removes uploads that were never finished, and gives
 * nodes that were away the tombstones that they missed. A node that fails on the way keeps what it has until the
 * next sweep.
 */
async function carryOutSweep(plan: SweepPlan, options: SweepOptions): Promise<SweepReport> {
  const { nodes, signal } = options;
  const call = { ...(signal && { signal }) };
  const counts = { temporaryRemoved: 0, incompleteRemoved: 0, tombstonedRemoved: 0, tombstonesSpread: 0 };
  const tombstones = new Map(plan.tombstones.map((tombstone) => [tombstone.assetId, tombstone]));
  await severalAtOnce(plan.tombstones, TOMBSTONES_AT_ONCE, async (tombstone) => {
    const lacking = nodes.reachable().filter(({ id }) => !tombstone.nodeIds.has(id));
    const signed = lacking.length > 0 && (await findTombstone(tombstone, options));
    if (!signed) return;
    const spread = await spreadTombstone(signed, lacking, options);
    counts.tombstonesSpread += spread;
  });
  for (const deletion of plan.deletions) {
    signal?.throwIfAborted();
    const found = await findLayout(nodes, deletion.name, signal);
    if (!(await isStillDue(deletion, found, tombstones.get(deletion.name.assetId), options))) continue;
    const deleted = await Promise.allSettled(
      found.columns.map(({ node, info }) => node.delete(info.name, call)),
    );
    signal?.throwIfAborted();
    if (deleted.some(({ status }) => status === 'rejected')) continue;
    if (deletion.why === 'removed') counts.tombstonedRemoved++;
    else counts.incompleteRemoved++;
  }
  for (const node of nodes.reachable()) {
    try {
      counts.temporaryRemoved += await node.removeTemporary(UNFINISHED_AGE_MS, call);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
    }
  }
  return { ...counts, unknownAssets: plan.unknown, keepings: plan.keepings };
}

type Judgement = SweepDeletion['why'] | SweepKeeping['why'] | 'unknown' | 'in-use';

async function judge(
  found: FoundLayout,
  part: Pick<FoundPart, 'unanswered'>,
  tombstone: FoundTombstone | undefined,
  options: SweepOptions,
  pace: (bytes: number) => Promise<void>,
): Promise<Judgement> {
  const { nodes, trust, signal } = options;
  const standing = await options.standingOf(found.name.assetId);
  if (tombstone) {
    if (standing === 'referenced') return 'tombstone-but-referenced';
    return options.now() - tombstone.atMs > TOMBSTONE_AGE_MS ? 'removed' : 'tombstone-too-young';
  }
  if (standing !== 'unknown') return 'in-use';
  const inspected = await inspectLayout(found, {
    trust,
    depth: 'head',
    random: () => 0,
    pace,
    ...(signal && { signal }),
  });
  const { truth } = inspected;
  // Perhaps a newer Clef's, or signed by a server that this trust statement does not name yet.
  if (!truth) return 'unverified';
  // A write that is under way, or whose transaction is, is unknown too.
  const isOld = found.columns.every(({ info }) => options.now() - info.modifiedAtMs > UNFINISHED_AGE_MS);
  if (!isOld) return 'too-young';
  if (columnsInNeed(inspected).length <= truth.layout.policy.m) {
    await options.onUnknown(inspected);
    return 'unknown';
  }
  // Objects appear whole or not at all: a column that is there, however damaged, was once written.
  const { storedColumns, policy } = truth.layout;
  const absent = storedColumns.filter((column) => !found.columns.some((copy) => copy.column === column));
  if (absent.length <= policy.m) return 'damaged';
  // Fewer than k columns were ever there. With fewer nodes than it was written to, the others are not mounted here,
  // whatever the settings say.
  const everywhere = nodes.complete && part.unanswered.length === 0;
  return everywhere && nodes.reachable().length >= storedColumns.length ? 'unfinished' : 'nodes-away';
}

async function isStillDue(
  deletion: SweepDeletion,
  found: FoundLayout & Pick<FoundPart, 'unanswered'>,
  tombstone: FoundTombstone | undefined,
  options: SweepOptions,
): Promise<boolean> {
  const again = { ...options, onUnknown: () => undefined };
  return (await judge(found, found, tombstone, again, async () => undefined)) === deletion.why;
}
