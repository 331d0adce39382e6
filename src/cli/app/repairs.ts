import type { StoredAsset } from '../../catalog/index.ts';
import { parseAssetHeader, type Trust } from '../../crypto/index.ts';
import {
  createLayout,
  type DamagedLayout,
  loadErasureCode,
  repairLayout,
  type RepairOptions,
  repairReported,
} from '../../vault/index.ts';
import type { App, LockedApp } from './app.ts';

type Ground = Omit<LockedApp, typeof Symbol.asyncDispose>;

/** Degraded assets that are tried in one go. */
const MAX_DEGRADED = 500;
/** Of so many the most endangered are chosen. */
const MAX_LOOKED_AT = 20_000;

/**
 * Restores what readers and scrub found damaged, and, while every node is there, what degraded writes left out. What a
 * node that is away may have is left to it.
 */
export async function repairWhatWasFound(app: App, signal: AbortSignal): Promise<void> {
  const options = await repairOptions(app, app.keys.keys.trust, signal);
  await repairReported(app.vault.damage, { ...options, spareOf: (damaged) => spareWithout(app, damaged) });
  if (app.nodes.complete) await repairDegraded(app, options, MAX_DEGRADED);
}

export async function repairOptions(
  { nodes, data, catalog, log, shell, vaultNews, repairTurns }: Ground,
  trust: Trust,
  signal: AbortSignal,
): Promise<RepairOptions> {
  return {
    nodes,
    libraryId: data.identity.libraryId,
    trust,
    now: shell.now,
    erasure: await loadErasureCode(),
    depth: 'full',
    turns: repairTurns,
    locate: (assetId) => catalog.asset(assetId),
    signal,
    async onOutcome({ name, before, columnNodes, repaired, unrepaired }) {
      if (columnNodes.length === 0) return;
      if (before) {
        await catalog.setColumnNodes({ ...name, before, columnNodes, degraded: unrepaired.length > 0 });
      }
      if (repaired.length + unrepaired.length === 0) return;
      if (repaired.length > 0) vaultNews.tell();
      log.info({ assetId: name.assetId, repaired, unrepaired }, 'an asset was repaired');
    },
  };
}

/**
 * Assets that are known to be short of a column, those with the fewest to lose first, and last those that seem lost.
 * Looks at ends only. Answers how many columns it restored.
 */
export async function repairDegraded(
  { catalog }: Pick<Ground, 'catalog'>,
  options: RepairOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let restored = 0;
  const short: { readonly asset: StoredAsset; readonly spare: number }[] = [];
  for await (const asset of catalog.degradedAssets()) {
    if (short.push({ asset, spare: spareColumns(asset) }) >= MAX_LOOKED_AT) break;
  }
  short.sort((a, b) => urgency(a.spare) - urgency(b.spare));
  for (const { asset } of short.slice(0, most)) {
    options.signal?.throwIfAborted();
    const { libraryId, assetId, layoutId } = asset;
    const outcome = await repairLayout({ libraryId, assetId, layoutId }, { ...options, depth: 'head' });
    restored += outcome?.repaired.length ?? 0;
  }
  return restored;
}

async function spareWithout({ catalog }: Ground, { name, columns }: DamagedLayout): Promise<number> {
  const asset = await catalog.asset(name.assetId);
  // What is not known comes last: nobody listens to it.
  return asset?.layoutId === name.layoutId ? urgency(spareColumns(asset, columns)) : Number.POSITIVE_INFINITY;
}

/** What has lost too much waits for all that can be restored: there may be more of it than is tried in one go. */
function urgency(spare: number): number {
  return spare < 0 ? Number.MAX_SAFE_INTEGER : spare;
}

/** How many columns may be lost beside those that are. */
function spareColumns({ policy, header, columnNodes }: StoredAsset, lost: readonly number[] = []): number {
  const { storedColumns } = createLayout(policy, parseAssetHeader(header).paddedLengthBytes);
  const whole = storedColumns.filter((column) => columnNodes[column] !== undefined && !lost.includes(column));
  return whole.length - (storedColumns.length - policy.m);
}
