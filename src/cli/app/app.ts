import type { Logger } from 'pino';
import {
  type Accounts,
  type AccountStore,
  type Authenticator,
  type Credentials,
  createAccounts,
  createAuthenticator,
  createCredentials,
  createDevices,
  createSecretBox,
  createSessions,
  type Devices,
  OpenedSecrets,
  PasswordHasher,
  type Sessions,
  UsageLog,
} from '../../accounts/index.ts';
import { createSqlAccountStore } from '../../accounts/sql/store.ts';
import { type SearchIndex, startSearchFeed } from '../../catalog/search/index.ts';
import { openSearchIndex } from '../../catalog/search/sqlite/index.ts';
import { type Database, KeptPlays, type SqlCatalog, createSqlCatalog } from '../../catalog/sql/index.ts';
import { openCatalogDatabase } from './catalog-database.ts';
import { currentEpoch } from '../../crypto/index.ts';
import { BeingSealed } from '../../ingest/index.ts';
import { revealSecret } from '../../keystore/index.ts';
import { LibraryLog } from '../../library-log/index.ts';
import {
  type ColumnRegister,
  createVault,
  loadErasureCode,
  NameLocks,
  nodeAead,
  type NodeSet,
  type Vault,
} from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { createLog } from '../log.ts';
import type { Shell } from '../shell.ts';
import { columnRegister } from './column-register.ts';
import { type Companions, openCompanions } from './companions.ts';
import { Imports } from './imports.ts';
import { type Drills, openDrills } from './drills.ts';
import type { HeldKeys } from './held-keys.ts';
import { establishKeys } from './keys.ts';
import type { NodeRegistry } from './node-registry.ts';
import { mountNodes } from './nodes.ts';
import { openPlaying, type Playing } from './playing.ts';
import { SourcePlaces } from './source-places.ts';
import { type OpenUploads, openUploads } from './uploads.ts';
import { VaultFigures } from './vault-figures.ts';
import { createVaultNews, type VaultNews } from './vault-news.ts';

/** What works without any key: enough to answer, to search, and to check or repair what nodes hold. */
export interface LockedApp extends AsyncDisposable {
  readonly shell: Shell;
  readonly config: Config;
  readonly data: DataFolder;
  readonly log: Logger;
  readonly database: Database;
  readonly catalog: SqlCatalog;
  /** Absent where the catalogue lies in the data folder, which cannot be away. */
  readonly keptPlays: KeptPlays | undefined;
  readonly search: SearchIndex;
  /** For how long the search index has been behind what this server heard of. */
  readonly searchLagMs: () => number;
  readonly playing: Playing;
  readonly accountStore: AccountStore;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly nodes: NodeSet;
  /** Which copies of columns count, and who is at work on the others. */
  readonly columns: ColumnRegister;
  /** Policy changes that somebody waits for: what goes on in the background leaves them the work. */
  readonly dealing: Set<symbol>;
  /** Of repairs: those that are asked for, and the one in the background. */
  readonly repairTurns: NameLocks;
  readonly vaultNews: VaultNews;
  readonly vaultFigures: VaultFigures;
  /** Which nodes there are, and how new assets are dealt over them. */
  readonly registry: NodeRegistry;
  /** Shared by all who import. */
  readonly beingSealed: BeingSealed;
  readonly imports: Imports;
  readonly drills: Drills;
  /** The keys, made at the very first start; rejects where they cannot be had. */
  readonly unlocked: Promise<App>;
}

/** A server with its keys in memory; what it stands on belongs to the LockedApp. */
export interface App extends Omit<LockedApp, typeof Symbol.asyncDispose> {
  readonly keys: HeldKeys;
  readonly vault: Vault;
  readonly credentials: Credentials;
  readonly authenticator: Authenticator;
  readonly usage: UsageLog;
  readonly libraryLog: LibraryLog;
  readonly companions: Companions;
  readonly uploads: OpenUploads;
}

/** Opens the data folder for this process alone. Keys follow in the background, so that /readyz need not wait for them. */
export async function openApp(shell: Shell): Promise<LockedApp> {
  const { config, now } = shell;
  await using stack = new AsyncDisposableStack();
  const log = createLog(config.logLevel);
  const data = stack.use(await openDataFolder({ root: shell.dataRoot, now }));
  const database = stack.use(
    await openCatalogDatabase(config, data, {
      claim: { kind: 'server', serverId: data.identity.serverId },
      onRelayFailure: (err) =>
        log.warn({ err }, 'what other servers change in the catalogue cannot be read; it is tried again'),
    }),
  );
  const search = stack.use(openSearchIndex({ path: data.searchFile }));
  const registry = stack.use(await mountNodes({ config, data, now, warn: (message) => log.warn(message) }));
  const { nodes } = registry;
  const accountStore = createSqlAccountStore(database);
  const accounts = createAccounts({ store: accountStore, hasher: new PasswordHasher(), now });
  const keptPlays =
    config.catalog &&
    stack.use(
      new KeptPlays({
        file: data.keptPlaysFile,
        database,
        onFailure: (err) => log.error({ err }, 'a play that was kept cannot be written, and is forgotten'),
      }),
    );
  const catalog = createSqlCatalog(database, { keptPlays });
  const onFailure = (error: unknown) =>
    log.error({ err: error }, 'the search index is behind; it is tried again');
  const searching = stack.use(startSearchFeed({ index: search, stream: catalog, onFailure }));
  const playing = stack.use(openPlaying({ config, data, database, catalog, search, log }));
  const unlocking = Promise.withResolvers<App>();
  // Whoever needs the keys meets the failure; until then it is nobody's.
  unlocking.promise.catch(() => undefined);
  const beingSealed = new BeingSealed();
  const sources = stack.use(await SourcePlaces.open(data.sourcesFile));
  const imports = stack.use(new Imports({ ground: unlocking.promise, places: sources, beingSealed, log }));
  const base = {
    shell,
    config,
    data,
    log,
    database,
    catalog,
    keptPlays,
    search,
    searchLagMs: () => searching.lagMs(),
    playing,
    accountStore,
    accounts,
    sessions: createSessions({ store: accountStore, accounts, now }),
    devices: createDevices({ store: accountStore, now }),
    nodes,
    columns: columnRegister(catalog, data.identity.serverId),
    dealing: new Set<symbol>(),
    repairTurns: new NameLocks(),
    vaultNews: createVaultNews(nodes),
    vaultFigures: new VaultFigures(),
    registry,
    beingSealed,
    imports,
    drills: await openDrills({ data, intervalDays: config.drillDays, now }),
    unlocked: unlocking.promise,
  };
  unlock(base).then(unlocking.resolve, unlocking.reject);

  const owned = stack.move();
  return {
    ...base,
    async [Symbol.asyncDispose]() {
      const app = await unlocking.promise.catch(() => undefined);
      if (app) await finish(app);
      await owned[Symbol.asyncDispose]();
    },
  };
}

async function unlock(base: Omit<LockedApp, typeof Symbol.asyncDispose>): Promise<App> {
  const { shell, config, data, log, catalog, accountStore, nodes, vaultNews, registry } = base;
  const { now, terminal } = shell;
  const keys = await establishKeys({ config, data, registry, terminal, log, now });
  const sealingEpoch = () => currentEpoch(keys.sealing.library);
  await makeFirstAdmin(base);

  const secrets = new OpenedSecrets(createSecretBox(() => keys.sealing.service));
  const usage = new UsageLog();
  const vault = createVault({
    libraryId: data.identity.libraryId,
    nodes,
    // Asked at each write: it may be set anew while the server runs.
    get policy() {
      return registry.policy;
    },
    padding: config.padding,
    writeMode: config.write,
    aead: nodeAead,
    erasure: await loadErasureCode(),
    signer: keys.server.signingKey,
    currentEpoch: sealingEpoch,
    cacheBytes: config.hotCache * 2 ** 20,
    onDamage({ assetId, column, nodeId, reason }) {
      log.warn({ assetId, column, nodeId, reason }, 'a column is damaged');
      vaultNews.tell();
    },
    now,
  });
  await catalog.ensureLibrary(data.identity.libraryId, 'Music');
  const libraryLog = await LibraryLog.open({
    libraryId: data.identity.libraryId,
    serverId: data.identity.serverId,
    nodes,
    get copies() {
      return registry.policy.m + 1;
    },
    changes: catalog,
    currentEpoch: sealingEpoch,
    signer: keys.server.signingKey,
    get trust() {
      return keys.keys.trust;
    },
    now,
  });
  const app = {
    ...base,
    keys,
    vault,
    usage,
    libraryLog,
    credentials: createCredentials({ store: accountStore, secrets, now }),
    authenticator: createAuthenticator({
      store: accountStore,
      secrets,
      usage,
      now,
      onUnreadable: ({ id }, error) =>
        log.error({ err: error, credential: id }, 'an app password does not open'),
    }),
  };
  return { ...app, companions: await openCompanions(app), uploads: await openUploads(app) };
}

async function makeFirstAdmin({
  accounts,
  config,
  data,
  shell: { terminal },
}: Pick<LockedApp, 'accounts' | 'config' | 'data' | 'shell'>): Promise<void> {
  const made = await accounts.createFirstAdmin(config.adminPassword);
  if (made?.generatedPassword === undefined) return;
  await revealSecret(
    {
      label: `Login password of ${made.account.name}`,
      secret: made.generatedPassword,
      fileName: `password-${made.account.name}`,
    },
    {
      isTerminal: terminal.isInteractive,
      write: (text) => terminal.say(text.trimEnd()),
      folder: data.secrets,
    },
  );
}

/** What is known only in memory goes where it lasts. */
async function finish(app: App): Promise<void> {
  const { usage, devices, accountStore, companions, uploads, libraryLog, log } = app;
  await Promise.all([companions[Symbol.asyncDispose](), uploads[Symbol.asyncDispose]()]);
  await Promise.all([usage.flush(accountStore), devices.flushUses()]).catch((error: unknown) =>
    log.warn({ err: error }, 'the last use of credentials and devices was not written down'),
  );
  await libraryLog
    .flush()
    .catch((error: unknown) => log.warn({ err: error }, 'the library log is behind; the next start goes on'));
}
