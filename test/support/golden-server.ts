import { appendFileSync } from 'node:fs';
import { pino } from 'pino';
import {
  type Account,
  type Accounts,
  createAccounts,
  createAuthenticator,
  createCredentials,
  createDevices,
  createSecretBox,
  createSessions,
  type Credentials as CredentialOffice,
  OpenedSecrets,
  PasswordHasher,
  UsageLog,
} from '../../src/accounts/index.ts';
import { createSqlAccountStore } from '../../src/accounts/sql/store.ts';
import { createServiceKeyring, deriveTicketKey, generateKey } from '../../src/crypto/index.ts';
import {
  createCovers,
  createHttpServer,
  createNowPlaying,
  firstQueue,
  type HttpServer,
  type HttpServerOptions,
  PictureWorkerPool,
  type ScanControl,
  type VaultPages,
} from '../../src/http/index.ts';
import { createLogClock, SessionHost } from '../../src/playback/session/index.ts';
import { createSqlSnapshots } from '../../src/playback/stores/sql/snapshots.ts';
import { openSqliteLog } from '../../src/playback/stores/sqlite-log.ts';
import { BeingSealed, UploadImporter } from '../../src/ingest/index.ts';
import { UploadDesk, UploadStore } from '../../src/uploads/index.ts';
import { checkAsset, glanceAtAsset, type StorageNode, vaultStatus } from '../../src/vault/index.ts';
import type { MemoryNode } from '../../src/vault/nodes/memory.ts';
import { type Credentials, temporaryFolder } from './clef-process.ts';
import { createGoldenLibrary, type GoldenLibrary } from './golden-library.ts';
import { inlineProbe } from './import-world.ts';
import { newLog } from './kept-logs.ts';
import { SubsonicClient } from './subsonic-client.ts';
import type { TestVault } from './vault.ts';

const CHEAP = { memoryKib: 256, passes: 1, parallelism: 1 };
export const LOGIN_PASSWORD = 'gravel-otter-piano-9';

/** Does what an importer would say and do, without importing. */
export class RehearsedScan implements ScanControl {
  readonly #listeners = new Set<() => void>();
  starts = 0;
  lastScanMs: number | undefined = Date.parse('2026-01-01T00:00:00Z');

  status() {
    return {
      scanning: this.starts > 0,
      count: 77,
      folderCount: 1,
      ...(this.lastScanMs === undefined ? {} : { lastScanMs: this.lastScanMs }),
    };
  }

  findings() {
    const none = { added: 0, changed: 0, moved: 0, duplicates: 0, unchanged: 77, missing: 0, failed: 1 };
    return {
      ...none,
      faults: [{ path: 'Album/broken.flac', code: 'media-unreadable', reason: 'no audio in it' }],
    };
  }

  start() {
    this.starts++;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface GoldenServer<Node extends StorageNode = MemoryNode> extends AsyncDisposable {
  readonly library: GoldenLibrary<Node>;
  readonly http: HttpServer;
  readonly baseUrl: string;
  readonly accounts: Accounts;
  readonly credentialOffice: CredentialOffice;
  readonly admin: Account;
  readonly listener: Account;
  readonly playbackSessions: SessionHost;
  readonly adminLogin: Credentials;
  readonly listenerLogin: Credentials;
  readonly scan: RehearsedScan;
  /** Lines that were logged, as JSON. */
  readonly log: string[];
  readonly clock: { nowMs: number };
  readonly ready: { missing: string[]; repairs: number; drillIsDue: boolean };
  /** Signed in as the administrator. */
  readonly client: SubsonicClient;
  readonly listenerClient: SubsonicClient;
}

type GoldenSettings = Partial<
  Pick<
    HttpServerOptions,
    'baseUrl' | 'trustedProxies' | 'metricsToken' | 'drainMs' | 'webFolder' | 'gateway' | 'gatewaySockets'
  >
> & {
  /** Log time, where it is to stand still. */
  readonly logTimeMs?: () => number;
};

/** The real server over the golden library, on a free port of loopback. */
export async function startGoldenServer(settings: GoldenSettings = {}): Promise<GoldenServer> {
  return serveLibrary((now) => createGoldenLibrary(now), settings);
}

/** The same over a vault of the caller's. */
export async function startGoldenServerOver<Node extends StorageNode>(
  vault: TestVault<Node>,
): Promise<GoldenServer<Node>> {
  return serveLibrary((now) => createGoldenLibrary(now, vault), {});
}

async function serveLibrary<Node extends StorageNode>(
  createLibrary: (now: () => number) => Promise<GoldenLibrary<Node>>,
  settings: GoldenSettings,
): Promise<GoldenServer<Node>> {
  const clock = { nowMs: Date.parse('2026-03-04T05:06:07.890Z') };
  const now = () => clock.nowMs;
  const library = await createLibrary(now);
  const store = createSqlAccountStore(library.database);
  const accounts = createAccounts({ store, hasher: new PasswordHasher({ cost: CHEAP }), now });
  const keyring = createServiceKeyring({
    libraryId: library.libraryId,
    recipients: [],
    administrators: [],
  });
  const secrets = new OpenedSecrets(createSecretBox(() => keyring));
  const credentialOffice = createCredentials({ store, secrets, now });
  const { account: admin } = await accounts.createUser(
    { name: 'Admin', password: LOGIN_PASSWORD, role: 'admin' },
    'machine',
  );
  const { account: listener } = await accounts.createUser(
    { name: 'lena', password: LOGIN_PASSWORD, role: 'listener' },
    'machine',
  );
  const adminLogin = await credentialOffice.createAppPassword(admin.id, 'test', 'machine');
  const listenerLogin = await credentialOffice.createAppPassword(listener.id, 'phone', 'machine');

  const log: string[] = [];
  const kept = newLog('clef');
  const keepLine = (line: string): void => {
    log.push(line);
    if (kept !== undefined) appendFileSync(kept, line);
  };
  const scan = new RehearsedScan();
  const ready = { missing: [] as string[], repairs: 0, drillIsDue: false };
  const { set: nodes, library: signed, policy } = library.vault;
  const vaultPages: VaultPages = {
    status: () => vaultStatus({ nodes, policy }),
    glance: (asset) => glanceAtAsset({ nodes, asset }),
    check: (asset, maxBytes) => checkAsset({ nodes, asset, maxBytes, trust: signed.trust }),
    repair: () => void ready.repairs++,
    drillIsDue: () => ready.drillIsDue,
    repairing: () => (ready.repairs > 0 ? { done: 3, total: 9 } : undefined),
    onChange: (changed) => nodes.onChange(changed),
  };
  const pictures = new PictureWorkerPool();
  const folder = await temporaryFolder('uploads');
  const { catalog, libraryId, media, seal } = library;
  const importer = new UploadImporter({
    libraryId,
    catalog,
    seal,
    reader: media,
    beingSealed: new BeingSealed(),
    probe: inlineProbe(),
    contentHashKey: generateKey(),
    now,
  });
  const uploads = new UploadDesk({
    store: await UploadStore.open({
      folder: folder.path,
      libraryId,
      keyring: () => keyring,
      now,
      onUnreadable: (error) => {
        throw error;
      },
    }),
    importUpload: (upload, bytes, signal) => importer.import(upload, bytes, signal),
    onFailure: (error) => void log.push(String(error)),
    now,
  });
  const { logTimeMs, ...httpSettings } = settings;
  const clockId = 'golden-clock';
  const sessionLog = openSqliteLog({ file: ':memory:', newLogId: () => 'golden-log', now });
  const playbackSessions = new SessionHost({
    log: sessionLog,
    snapshots: createSqlSnapshots(library.database),
    clock: logTimeMs
      ? { clockId, nowMs: logTimeMs }
      : createLogClock({ clockId, timeOfDayMs: now, monotonicMs: () => performance.now() }),
    timeOfDayMs: now,
    defaultName: 'Music',
    firstEntries: (key) => firstQueue(library.catalog, key),
    onFailure: (error) => void log.push(String(error)),
  });
  const http = createHttpServer({
    playbackSessions,
    trust: { authority: () => undefined },
    catalog: library.catalog,
    search: library.search,
    found: library.catalog,
    accounts,
    sessions: createSessions({ store, accounts, now }),
    devices: createDevices({ store, now }),
    credentials: credentialOffice,
    authenticator: createAuthenticator({
      store,
      secrets,
      usage: new UsageLog(),
      now,
      onUnreadable: (_credential, error) => {
        throw error;
      },
    }),
    media: library.media,
    sealed: library.media,
    // Every golden track plays as it is; what stands for its packet table is the track itself.
    playables: {
      find: async (original, decodable) =>
        decodable.includes('pcm') ? { audio: original, table: original } : undefined,
      prepare: async () => undefined,
    },
    trackKey: library.trackKey,
    ticketKey: () => deriveTicketKey(keyring),
    covers: createCovers(library.media, pictures),
    scan,
    uploads,
    mayUpload: ({ role }) => role === 'admin',
    vaultPages,
    nowPlaying: createNowPlaying(now),
    readiness: { missingParts: () => ready.missing },
    metricSources: [() => [{ name: 'clef_test', help: 'A test.', kind: 'gauge', value: 7 }]],
    log: pino({ level: 'debug' }, { write: keepLine }),
    now,
    serverVersion: '0.0.0-test',
    trustedProxies: [],
    ...httpSettings,
  });
  const port = await http.listen({ host: '127.0.0.1', port: 0 });
  const path = settings.baseUrl === undefined ? '' : new URL(settings.baseUrl).pathname.replace(/\/+$/, '');
  const baseUrl = `http://127.0.0.1:${port}${path}`;
  return {
    library,
    http,
    baseUrl,
    accounts,
    credentialOffice,
    admin,
    listener,
    playbackSessions,
    adminLogin,
    listenerLogin,
    scan,
    log,
    clock,
    ready,
    client: new SubsonicClient(baseUrl, adminLogin),
    listenerClient: new SubsonicClient(baseUrl, listenerLogin),
    async [Symbol.asyncDispose]() {
      await http.close();
      await playbackSessions[Symbol.asyncDispose]();
      await sessionLog[Symbol.asyncDispose]();
      await uploads[Symbol.asyncDispose]();
      await pictures[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      await library[Symbol.asyncDispose]();
    },
  };
}
