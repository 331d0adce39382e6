import { stat } from 'node:fs/promises';
import { createSqlCatalog, type SqlCatalog } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import { keyOfEpoch } from '../../crypto/index.ts';
import {
  generateServerKey,
  type LoadedKeys,
  openRecoveryKit,
  type OpenRecoveryKit,
  openServerKey,
  openStatements,
  parseServerKey,
  recoverLibraryKeys,
  saveServerKey,
  type ServerKey,
  writeSeenKeys,
} from '../../keystore/index.ts';
import { type ChainSummary, readLibraryLog } from '../../library-log/index.ts';
import { Adoption } from '../../ingest/index.ts';
import {
  enumerateLayouts,
  inspectLayout,
  loadTombstones,
  type NodeSet,
  PART_COUNT,
  readStatements,
  storeStatements,
} from '../../vault/index.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import type { ProgressView } from '../terminal/progress.ts';
import { openDrills } from './drills.ts';
import { serverKeyPlace } from './keys.ts';
import { openCatalogDatabase } from './catalog-database.ts';
import { mountNodes } from './nodes.ts';
import { bestLayout, nameReadable } from './readable-layouts.ts';

export interface RecoverOptions {
  readonly kitFolder: string;
  readonly passphrase: string;
  /** SHA-256, hexadecimal, of a segment that the log must have. */
  readonly expectedHead?: string;
  readonly progress: ProgressView;
}

export interface RecoveryReport {
  readonly libraryId: string;
  /** When the newest segment was written; undefined where no node holds any of the log. */
  readonly newestAt?: string;
  readonly chains: readonly ChainSummary[];
  readonly tracks: number;
  readonly albums: number;
  /** Assets that the log did not know and that came back by their birth records alone. */
  readonly adopted: number;
  readonly nodesOffline: number;
}

/**
 * Builds a data folder from storage nodes and kit: keys for a new server, then the library log, then what only
 * the assets themselves know. Wants a data folder without keys: an empty one, or what a start or a recovery left
 * half-way.
 */
export async function recover(shell: Shell, options: RecoverOptions): Promise<RecoveryReport> {
  const { config, now } = shell;
  const kit = await openRecoveryKit(options.kitFolder, options.passphrase);
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await openDataFolder({ root: shell.dataRoot, now, libraryId: kit.libraryId }));
  if (data.identity.libraryId !== kit.libraryId || (await isInUse(data))) {
    throw new ClefError(
      'data-invalid',
      'the data folder holds a library already; name an empty one with CLEF_DATA',
    );
  }
  const { nodes, places } = stack.use(
    await mountNodes({
      config,
      data,
      now,
      fromKit: kit.nodes,
      warn: (message) => shell.terminal.say(message),
    }),
  );
  const found = await readStatements(nodes, kit.libraryId);
  const pin = { libraryId: kit.libraryId, rootFingerprint: kit.rootFingerprint };
  const loaded = await openStatements(found, pin, kit.recovery);

  const database = stack.use(await openCatalogDatabase(config, data, { claim: { kind: 'alone' } }));
  const catalog = createSqlCatalog(database);
  const chains = await readLibraryLog(
    {
      libraryId: kit.libraryId,
      nodes,
      trust: loaded.trust,
      libraryKey: (epoch) => keyOfEpoch(loaded.library, epoch),
      expectedHead: options.expectedHead,
      signal: shell.signal,
      onProgress: (progress) => options.progress.update({ ...progress, note: 'library log' }),
    },
    (changes) => catalog.apply(changes),
  );
  const adopted = await adoptUnknown(shell, nodes, loaded, catalog, options.progress);

  const server = await makeServerKey(shell, data);
  const keys = await recoverLibraryKeys({ kit, fromNodes: found, server });
  // The data folder counts as a library's from here on.
  await storeStatements(nodes, kit.libraryId, keys.seen.statements);
  await writeSeenKeys(data.keyringSeenFile, keys.seen);
  // Nothing proves a kit like what was just done with it.
  await (await openDrills({ data, intervalDays: config.drillDays, now })).record();
  return await report(catalog, chains, adopted, nodes, kit, places.length);
}

/** What was imported after the log's last segment, or by a server whose log is gone. */
async function adoptUnknown(
  { now, signal }: Shell,
  nodes: NodeSet,
  keys: LoadedKeys,
  catalog: SqlCatalog,
  progress: ProgressView,
): Promise<number> {
  const { libraryId } = keys.library;
  const { trust } = keys;
  const tombstones = await loadTombstones({ nodes, libraryId, trust, signal });
  const adoption = new Adoption({ catalog, libraryKey: (epoch) => keyOfEpoch(keys.library, epoch), now });
  const context = { trust, depth: 'head' as const, random: () => 0, pace: async () => undefined, signal };
  for await (const { part, layouts } of enumerateLayouts({ nodes, libraryId, signal })) {
    for (const [assetId, found] of Map.groupBy(layouts, ({ name }) => name.assetId)) {
      if (tombstones.has(assetId)) continue;
      const inspected = await Promise.all(found.map((layout) => inspectLayout(layout, context)));
      await nameReadable(catalog, inspected, 'recovery');
      const best = bestLayout(inspected);
      if (best) await adoption.consider(best);
    }
    progress.update({ done: part + 1, total: PART_COUNT, note: 'looking through the nodes' });
  }
  return adoption.finish();
}

async function report(
  catalog: SqlCatalog,
  chains: readonly ChainSummary[],
  adopted: number,
  nodes: NodeSet,
  kit: OpenRecoveryKit,
  places: number,
): Promise<RecoveryReport> {
  const { tracks, albums } = await catalog.counts();
  const newestAtMs = Math.max(...chains.map((chain) => chain.newestAtMs ?? Number.NEGATIVE_INFINITY));
  return {
    libraryId: kit.libraryId,
    ...(Number.isFinite(newestAtMs) ? { newestAt: new Date(newestAtMs).toISOString() } : {}),
    chains,
    tracks,
    albums,
    adopted,
    nodesOffline: places - nodes.reachable().length,
  };
}

async function isInUse({ keyringSeenFile }: DataFolder): Promise<boolean> {
  return stat(keyringSeenFile).then(
    () => true,
    () => false,
  );
}

async function makeServerKey({ config, terminal }: Shell, data: DataFolder): Promise<ServerKey> {
  const place = serverKeyPlace({ config, data });
  if (place.kind === 'credential') {
    throw new ClefError(
      'config-invalid',
      'a recovery makes a new server key: use CLEF_SERVER_KEY=file or passphrase for it',
    );
  }
  const ask = async () =>
    config.serverPassphrase ??
    terminal.askSecret('Passphrase for the new server key (CLEF_SERVER_PASSPHRASE)');
  // From a recovery that was cut off.
  const known = await openServerKey(place, ask);
  if (known) return known;
  const text = await generateServerKey(data.identity.serverId);
  await saveServerKey(place, text, ask);
  return parseServerKey(text);
}
