import type { LayoutName } from './column-object.ts';
import type { DamageListener } from './damage.ts';
import { enumerateLayouts, findLayout, type FoundPart, PART_COUNT } from './found-layouts.ts';
import { columnsInNeed, type InspectContext, type InspectedLayout, inspectLayout } from './inspect-layout.ts';
import type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
import { createPace } from './pace.ts';
import { loadTombstones } from './tombstones.ts';

export interface ScrubOptions extends MaintenanceOptions {
  readonly depth: InspectContext['depth'];
  readonly random: () => number;
  readonly onDamage: DamageListener;
  /** As for a repair: what is on its way out is passed over. */
  readonly isSuperseded?: (name: LayoutName) => Promise<boolean>;
}

export interface ScrubReport extends MaintenanceProgress {
  readonly healthy: number;
  /** Readable, but a column is missing or damaged. */
  readonly damaged: number;
  /** Fewer than k columns are whole on the nodes that answer. */
  readonly lost: number;
  /** Objects in the place of an asset, none of which verifies. */
  readonly unverified: number;
}

/**
 * Checks what the nodes hold, without any key: signatures, and hashes down to the chunks. Tells of every column
 * that is missing or damaged; what may lie on a node that does not answer is `unreachable`. Assets with a
 * tombstone are passed over.
 */
export async function scrub(options: ScrubOptions): Promise<ScrubReport> {
  const { nodes, libraryId, trust, depth, random, signal, onDamage } = options;
  const tombstones = await loadTombstones({ nodes, libraryId, trust, ...(signal && { signal }) });
  let bytesRead = 0;
  const wait = createPace(options);
  const context: InspectContext = {
    trust,
    depth,
    random,
    pace: (bytes) => {
      bytesRead += bytes;
      return wait(bytes);
    },
    ...(signal && { signal }),
  };
  const counts = { layouts: 0, healthy: 0, damaged: 0, lost: 0, unverified: 0 };
  let partsDone = options.fromPart ?? 0;
  for await (const part of enumerateLayouts(options)) {
    for (const found of part.layouts) {
      if (tombstones.has(found.name.assetId) || (await options.isSuperseded?.(found.name)) === true) continue;
      let inspected = await inspectLayout(found, context);
      // A listing grows old: what seems to be wrong may have been moved since.
      if (verdictOf(inspected) !== 'healthy') {
        inspected = await inspectLayout(await findLayout(nodes, found.name, signal), context);
        if (inspected.columns.length === 0) continue;
      }
      counts.layouts++;
      counts[verdictOf(inspected)]++;
      for (const report of damageIn(inspected, part)) onDamage(report);
      await context.pace(0);
    }
    partsDone = part.part + 1;
    options.onProgress?.({ partsDone, partCount: PART_COUNT, layouts: counts.layouts, bytesRead });
  }
  return { ...counts, partsDone, partCount: PART_COUNT, bytesRead };
}

function verdictOf(inspected: InspectedLayout): 'healthy' | 'damaged' | 'lost' | 'unverified' {
  const { truth, columns } = inspected;
  if (!truth) return 'unverified';
  const needed = columnsInNeed(inspected).length;
  if (needed > truth.layout.policy.m) return 'lost';
  return needed > 0 || columns.some(({ damage }) => damage !== undefined) ? 'damaged' : 'healthy';
}

function* damageIn(
  { name, truth, columns }: InspectedLayout,
  { unanswered }: FoundPart,
): Generator<Parameters<DamageListener>[0], void> {
  for (const { column, node, damage } of columns) {
    if (damage) yield { ...name, column, nodeId: node.id, reason: damage };
  }
  for (const column of truth?.layout.storedColumns ?? []) {
    if (columns.some((copy) => copy.column === column)) continue;
    yield { ...name, column, nodeId: undefined, reason: unanswered.length > 0 ? 'unreachable' : 'missing' };
  }
}
