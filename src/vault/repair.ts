import type { LayoutName } from './column-object.ts';
import type { ColumnRegister } from './column-register.ts';
import type { DamageDesk, DamagedLayout } from './damage.ts';
import type { ErasureCode } from './erasure/index.ts';
import { enumerateLayouts, findLayout, type FoundLayout, PART_COUNT } from './found-layouts.ts';
import { columnsInNeed, type InspectContext, inspectLayout } from './inspect-layout.ts';
import { LayoutRepair, type RepairOutcome } from './layout-repair.ts';
import type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
import { NameLocks } from './name-locks.ts';
import { createPace } from './pace.ts';
import { findTombstone, loadTombstones } from './tombstones.ts';

export interface RepairOptions extends MaintenanceOptions {
  readonly erasure: ErasureCode;
  /** `head` finds columns that are missing or cut, `full` also wrong bytes. */
  readonly depth: InspectContext['depth'];
  /**
   * What no node that answers has counts as lost. By default it is waited for while any node is away, which
   * most likely has it.
   */
  readonly giveUpAbsent?: boolean;
  /**
   * Where the catalogue has an asset, asked before each look. A layout in place of which it names another is on its way
   * out, and nothing of it is restored. By default no asset is known.
   */
  readonly locate?: ColumnRegister['locate'];
  /** Shared by repairs that may run at the same time: of one asset one at a time is repaired, and told of. */
  readonly turns?: NameLocks;
  /** Told of layouts that were not whole, not counting nodes that are away: where their columns lie now. */
  readonly onOutcome: (outcome: RepairOutcome) => void | Promise<void>;
}

export interface RepairReport extends MaintenanceProgress {
  readonly repairedColumns: number;
  readonly unrepairedColumns: number;
}

/** Restores columns that are missing or damaged, without any key. Assets with a tombstone are passed over. */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const { nodes, libraryId, trust, signal } = options;
  const tombstones = await loadTombstones({ nodes, libraryId, trust, ...(signal && { signal }) });
  const context = repairContext(options);
  const counts = { layouts: 0, repairedColumns: 0, unrepairedColumns: 0 };
  let partsDone = options.fromPart ?? 0;
  for await (const part of enumerateLayouts(options)) {
    for (const found of part.layouts) {
      if (tombstones.has(found.name.assetId)) continue;
      const look = async () => ({ found, mayBeAway: part.unanswered.length > 0 });
      const outcome = await repairOne(found.name, look, changesTheCatalogue, options, context);
      if (!outcome) continue;
      counts.layouts++;
      counts.repairedColumns += outcome.repaired.length;
      counts.unrepairedColumns += outcome.unrepaired.length;
      await context.pace(0);
    }
    partsDone = part.part + 1;
    options.onProgress?.({
      partsDone,
      partCount: PART_COUNT,
      layouts: counts.layouts,
      bytesRead: context.bytesRead(),
    });
  }
  return { ...counts, partsDone, partCount: PART_COUNT, bytesRead: context.bytesRead() };
}

/** The same for one layout, which `onOutcome` is told of however it is; undefined where it has a tombstone, or is superseded. */
export async function repairLayout(
  name: LayoutName,
  options: RepairOptions,
): Promise<RepairOutcome | undefined> {
  if (await findTombstone(name, options)) return undefined;
  const look = async () => {
    const found = await findLayout(options.nodes, name, options.signal);
    return { found, mayBeAway: found.unanswered.length > 0 };
  };
  return repairOne(name, look, () => true, options, repairContext(options));
}

/** A column that is merely out of reach stays where the catalogue has it. */
function changesTheCatalogue({ repaired, unrepaired }: RepairOutcome): boolean {
  return repaired.length > 0 || unrepaired.some(({ reason }) => reason !== 'unreachable');
}

/** Repairs that are ordered at once; what is reported meanwhile may be more pressing. */
const REPAIRS_IN_ORDER = 50;
const MOST_ROUNDS = 200;

/**
 * Repairs what readers reported since the last time, those that have the fewest columns left to lose first, and answers
 * how many columns it restored. What cannot be repaired now is reported anew by whoever meets it next.
 */
export async function repairReported(
  damage: DamageDesk,
  options: RepairOptions & {
    /** How many columns more a layout may lose when these are lost. Default: fewer, the more there are. */
    readonly spareOf?: (damaged: DamagedLayout) => number | Promise<number>;
  },
): Promise<number> {
  const { spareOf = ({ columns }) => -columns.length } = options;
  let restored = 0;
  // Readers may report the same again and again: the rest is for the next time.
  for (let round = 0; damage.size > 0 && round < MOST_ROUNDS; round++) {
    const queued = await Promise.all(
      damage.layouts().map(async (layout) => ({ layout, spare: await spareOf(layout) })),
    );
    const pressing = queued.toSorted((a, b) => a.spare - b.spare).slice(0, REPAIRS_IN_ORDER);
    for (const { layout } of pressing) {
      if (!damage.take(layout.name)) continue;
      const outcome = await repairLayout(layout.name, options);
      restored += outcome?.repaired.length ?? 0;
    }
  }
  return restored;
}

type RepairContext = InspectContext & { readonly bytesRead: () => number };

function repairContext(options: RepairOptions): RepairContext {
  const { trust, depth, signal } = options;
  const wait = createPace(options);
  let bytesRead = 0;
  return {
    trust,
    depth,
    // Nothing is sampled: a repair looks at all or at ends only.
    random: () => 0,
    pace: (bytes) => {
      bytesRead += bytes;
      return wait(bytes);
    },
    bytesRead: () => bytesRead,
    ...(signal && { signal }),
  };
}

interface Look {
  readonly found: FoundLayout;
  /** What seems to be missing may lie on a node that did not answer. */
  readonly mayBeAway: boolean;
}

/** Undefined for a layout that is superseded. */
function repairOne(
  name: LayoutName,
  look: () => Promise<Look>,
  isTold: (outcome: RepairOutcome) => boolean,
  options: RepairOptions,
  context: InspectContext,
): Promise<RepairOutcome | undefined> {
  const { turns = new NameLocks(), locate, onOutcome } = options;
  return turns.run(name.assetId, async () => {
    const location = await locate?.(name.assetId);
    if (location && location.layoutId !== name.layoutId) return undefined;
    const outcome = await repairFound(await look(), location?.columnNodes, options, context);
    if (isTold(outcome)) await onOutcome(outcome);
    return outcome;
  });
}

async function repairFound(
  { found, mayBeAway }: Look,
  before: RepairOutcome['before'],
  options: RepairOptions,
  context: InspectContext,
): Promise<RepairOutcome> {
  let inspected = await inspectLayout(found, context);
  if (columnsInNeed(inspected).length > 0) {
    // A listing grows old: what seems to be missing may have been moved since.
    const again = await findLayout(options.nodes, found.name, options.signal);
    inspected = await inspectLayout(again, context);
  }
  const { truth, name } = inspected;
  if (!truth) return { name, before, columnNodes: [], repaired: [], unrepaired: [] };
  const run = new LayoutRepair(inspected, truth, { ...options, before, pace: context.pace });
  for (const copy of inspected.columns) {
    // Objects of columns that the layout does not have are not ours to judge; sweep reports them.
    const isStored = truth.layout.storedColumns.includes(copy.column);
    // Nor is which of two manifests lies: to replace what verifies could destroy the only right columns.
    if (copy.damage !== undefined && isStored && !copy.isContested) await run.replace(copy, copy.damage);
  }
  for (const column of truth.layout.storedColumns) {
    if (run.has(column)) continue;
    const copies = inspected.columns.filter((copy) => copy.column === column);
    const isAway = copies.length === 0 ? mayBeAway : copies.some(({ damage }) => damage === 'unreachable');
    if (isAway && options.giveUpAbsent !== true) run.leave(column, 'unreachable');
    else await run.create(column);
  }
  return run.outcome();
}
