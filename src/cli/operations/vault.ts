import { randomInt } from 'node:crypto';
import * as v from 'valibot';
import { type AssetId, ClefError, parseWireId, toHex } from '../../core/index.ts';
import { Adoption } from '../../ingest/index.ts';
import {
  type AssetStanding,
  createLayout,
  hasKnownLimit,
  repair,
  type RepairReport,
  scrub,
  type ScrubReport,
  sweep,
  surveyMatrix,
  type SweepReport,
  vaultStatus,
} from '../../vault/index.ts';
import { keyOfEpoch, parseAssetHeader } from '../../crypto/index.ts';
import { repairDegraded, repairOptions } from '../app/repairs.ts';
import { changeScrubFile, readScrubFile } from '../app/scrub-file.ts';
import { buryOrphans } from './bury.ts';
import { maintenance, supersededIn } from './maintenance.ts';
import type { ShownSpares } from './nodes.ts';
import { keylessOperation } from './operation.ts';

export interface VaultStatus {
  readonly policy: string;
  readonly degraded: number;
  readonly nodes: readonly {
    readonly place: string;
    readonly domain: string;
    readonly state: 'online' | 'offline';
    readonly freeBytes?: number;
    readonly totalBytes?: number;
  }[];
  /** By spare columns, how many assets. */
  readonly spares: readonly ShownSpares[];
  /** When every column was last looked at: a sample of it, and all of it. */
  readonly scrubbed: { readonly sampledAtMs?: number; readonly fullAtMs?: number };
  readonly logHead?: { readonly seq: number; readonly hash: string };
}

export const showVault = keylessOperation({
  name: 'vault.status',
  args: v.object({}),
  async run(
    { nodes, registry: { places, policy }, catalog, unlocked, data },
    _args,
    { signal },
  ): Promise<VaultStatus> {
    const status = await vaultStatus({ nodes, policy, signal });
    const app = await unlocked.catch(() => undefined);
    const { degraded } = await catalog.assetCounts();
    const there = new Set(status.nodes.flatMap(({ id, space }) => (space ? id : [])));
    const { spares } = await surveyMatrix({
      assets: catalog.storedAssets(),
      nodes: nodes.known(),
      isThere: (id) => there.has(id),
      signal,
    });
    const { sampledAtMs, fullAtMs } = await readScrubFile(data);
    return {
      policy: `${policy.k}+${policy.m}`,
      degraded,
      spares: [...spares].map(([spare, assets]) => ({ spare, assets })),
      scrubbed: {
        ...(sampledAtMs !== undefined && { sampledAtMs }),
        ...(fullAtMs !== undefined && { fullAtMs }),
      },
      nodes: places.map(({ id, place }) => {
        const node = status.nodes.find((one) => one.id === id);
        const domain = node?.failureDomain ?? '';
        if (!node?.space) return { place, domain, state: 'offline' };
        return { place, domain, state: 'online', ...(hasKnownLimit(node.space) && node.space) };
      }),
      ...(app && app.libraryLog.head.seq > 0
        ? { logHead: { seq: app.libraryLog.head.seq, hash: toHex(app.libraryLog.head.hash) } }
        : {}),
    };
  },
});

export interface VaultMap {
  readonly assetId: string;
  readonly layoutId: string;
  readonly policy: string;
  readonly storedBytes: number;
  readonly columns: readonly {
    readonly column: number;
    readonly kind: 'data' | 'parity' | 'empty';
    readonly place?: string;
  }[];
}

export const showMap = keylessOperation({
  name: 'vault.map',
  args: v.object({ id: v.string() }),
  async run({ catalog, registry: { places } }, { id }): Promise<VaultMap> {
    const parsed = parseWireId(id);
    if (parsed?.kind !== 'tr') throw new ClefError('bad-request', 'a track id looks like tr-1z9k');
    const asset = await catalog.originalOf(parsed.id);
    if (!asset) throw new ClefError('not-found', 'no track has this id');
    const { policy, columnNodes, assetId, layoutId, storedBytes } = asset;
    const { storedColumns } = createLayout(policy, parseAssetHeader(asset.header).paddedLengthBytes);
    return {
      assetId,
      layoutId,
      policy: `${policy.k}+${policy.m}`,
      storedBytes,
      columns: columnNodes.map((node, column) => {
        const place = places.find((one) => one.id === node)?.place ?? node;
        const kind = !storedColumns.includes(column) ? 'empty' : column < policy.k ? 'data' : 'parity';
        return { column, kind, ...(place === undefined ? {} : { place }) };
      }),
    };
  },
});

const pace = { bytesPerSecond: v.optional(v.number()) };

export const scrubVault = keylessOperation({
  name: 'vault.scrub',
  args: v.object({ depth: v.picklist(['sample', 'full']), ...pace }),
  async run(app, { depth, bytesPerSecond }, context): Promise<ScrubReport> {
    const report = await scrub({
      ...(await maintenance(app, bytesPerSecond, context)),
      isSuperseded: supersededIn(app.catalog),
      depth,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      onDamage({ assetId, column, nodeId, reason }) {
        app.log.warn({ assetId, column, nodeId, reason }, 'scrub found a damaged column');
        app.vaultNews.tell();
      },
    });
    const atMs = app.shell.now();
    await changeScrubFile(app.data, (before) =>
      depth === 'full' ? { ...before, fullAtMs: atMs } : { ...before, sampledAtMs: atMs },
    );
    return report;
  },
});

/** An asset of which columns could not be restored. */
export interface UnrepairedAsset {
  readonly assetId: string;
  readonly columns: readonly { readonly column: number; readonly reason: string }[];
  /** Of a track that it belongs to. */
  readonly title?: string;
  readonly artist?: string;
}

export interface RepairSummary extends RepairReport {
  readonly unrepairedAssets: number;
  /** The first of them. */
  readonly unrepaired: readonly UnrepairedAsset[];
}

const MAX_UNREPAIRED = 1_000;

export const repairVault = keylessOperation({
  name: 'vault.repair',
  args: v.object(pace),
  async run(app, { bytesPerSecond }, context): Promise<RepairSummary> {
    const { catalog } = app;
    const walk = await maintenance(app, bytesPerSecond, context);
    const options = await repairOptions(app, walk.trust, context.signal);
    // Before all is walked in the order of names: what is known to be short.
    const restored = await repairDegraded(app, { ...options, ...walk });
    let unrepairedAssets = 0;
    const unrepaired: UnrepairedAsset[] = [];
    const report = await repair({
      ...options,
      ...walk,
      async onOutcome(outcome) {
        await options.onOutcome(outcome);
        app.vaultNews.tell();
        const { name, unrepaired: columns } = outcome;
        if (columns.length === 0) return;
        unrepairedAssets++;
        if (unrepaired.length >= MAX_UNREPAIRED) return;
        unrepaired.push({ assetId: name.assetId, columns, ...(await catalog.titleOf(name.assetId)) });
      },
    });
    return { ...report, repairedColumns: report.repairedColumns + restored, unrepairedAssets, unrepaired };
  },
});

export interface SweepSummary extends Omit<SweepReport, 'keepings'> {
  /** How many assets stay, by reason. */
  readonly kept: Readonly<Record<string, number>>;
  /** Tracks that came back into the catalogue; only where the keys are at hand. */
  readonly adopted: number;
  /** Assets that nothing referred to for a week, and that a sweep a week later erases. */
  readonly buried: number;
}

export const sweepVault = keylessOperation({
  name: 'vault.sweep',
  args: v.object({ confirmed: v.boolean() }),
  async run(app, { confirmed }, context): Promise<SweepSummary> {
    const { catalog, shell } = app;
    const keyed = await app.unlocked.catch(() => undefined);
    const buried = keyed ? await buryOrphans(keyed, context.signal) : 0;
    const standings = new Map<AssetId, AssetStanding>();
    for await (const { assetId, isReferenced } of catalog.assetReferences()) {
      standings.set(assetId, isReferenced ? 'referenced' : 'orphaned');
    }
    const library = keyed?.keys.keys.library;
    const adoption =
      library && new Adoption({ catalog, libraryKey: (epoch) => keyOfEpoch(library, epoch), now: shell.now });
    const { keepings, ...report } = await sweep({
      ...(await maintenance(app, undefined, context)),
      standingOf: (assetId) => standings.get(assetId) ?? 'unknown',
      onUnknown: async (layout) => adoption?.consider(layout),
      confirmed,
    });
    const byReason = Map.groupBy(keepings, ({ why }) => why);
    return {
      ...report,
      kept: Object.fromEntries([...byReason].map(([why, all]) => [why, all.length])),
      adopted: (await adoption?.finish()) ?? 0,
      buried,
    };
  },
});

export const vaultOperations = [showVault, showMap, scrubVault, repairVault, sweepVault];
