import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../accounts/index.ts';
import { API_PATH, PLAYBACK_SOCKET_PATH } from '../../api/index.ts';
import { ClefError } from '../../core/index.ts';
import {
  createCovers,
  createHttpServer,
  createNowPlaying,
  type HttpServer,
  PictureWorkerPool,
  type TrackKeyFinder,
} from '../../http/index.ts';
import { sayImportSummary } from '../commands/import.ts';
import { listenForControl } from '../control/server.ts';
import { importFolders } from '../operations/import.ts';
import { drainServer } from '../operations/drain.ts';
import { findOperation } from '../operations/index.ts';
import { runOperation } from '../operations/operation.ts';
import type { Shell } from '../shell.ts';
import { showProgress } from '../terminal/progress.ts';
import { VERSION } from '../version.ts';
import { announceServer } from './announcing.ts';
import { type App, type LockedApp, openApp } from './app.ts';
import { startChores } from './chores.ts';
import type { Companions } from './companions.ts';
import { Drain } from './drain.ts';
import { hostForUrl, listenFailure, untilAborted } from './listening.ts';
import { mediaReader, ticketKeyOf, trackKeyFinder } from './media.ts';
import { type MediaWorkers, startMediaWorkers, workerCount } from './media-workers.ts';
import { certificateMetrics, companionMetrics, drainMetrics, metricsOf } from './metrics.ts';
import { openPlaybackSessions } from './playback-sessions.ts';
import { RepairOnRequest } from './repair-on-request.ts';
import { createTlsDoor } from './tls.ts';
import { mayUploadBy, uploadsOnceUnlocked } from './uploads.ts';
import { vaultPages } from './vault-pages.ts';

/** What `npm run prepare` made of src/web. */
const WEB_FOLDER = fileURLToPath(new URL('../../../build/web', import.meta.url));

export interface ServeOptions {
  readonly folders: readonly string[];
  /** Where the demo album goes when there is nothing else to play. */
  readonly demoFolder: string;
}

/** Listens, imports, and returns when it was told to stop and everything is put away. */
export async function serve(shell: Shell, { folders, demoFolder }: ServeOptions): Promise<void> {
  const { config, terminal, signal, now } = shell;
  if (config.gateways.length > 0 && !config.nats)
    throw new ClefError('config-invalid', 'CLEF_GATEWAYS needs CLEF_NATS, where gateways find the sessions');
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await openApp(shell));
  const playbackSessions = stack.use(await openPlaybackSessions(app));
  const trackKey = trackKeyFinder(app);
  const media = mediaReader({ unlocked: app.unlocked, catalog: app.playing.reader }, trackKey);
  const pictures = stack.use(new PictureWorkerPool());
  const repairs = stack.use(new RepairOnRequest(app));
  const tls = createTlsDoor(shell, app.log);
  let companions: Companions | undefined;
  let announcement: { tell(): void } | undefined;
  const http = createHttpServer({
    catalog: { ...app.catalog, ...app.playing.reader },
    search: app.search,
    found: app.playing.found,
    accounts: app.accounts,
    sessions: sessionsOnceUnlocked(app),
    devices: app.devices,
    playbackSessions: playbackSessions.host,
    neighbours: playbackSessions.neighbours,
    credentials: credentialsOnceUnlocked(app),
    authenticator: {
      authenticate: async (...args) => (await app.unlocked).authenticator.authenticate(...args),
      holds: async (...args) => (await app.unlocked).authenticator.holds(...args),
    },
    media,
    sealed: media,
    playables: {
      find: async (...args) => (await app.unlocked).companions.preparation.find(...args),
      prepare: async (...args) => (await app.unlocked).companions.preparation.prepare(...args),
    },
    trackKey,
    ticketKey: ticketKeyOf(app),
    covers: createCovers(media, pictures),
    scan: app.imports,
    uploads: uploadsOnceUnlocked(app),
    mayUpload: mayUploadBy(config),
    vaultPages: vaultPages(app, repairs),
    nowPlaying: createNowPlaying(now),
    readiness: { missingParts: () => missingParts(app) },
    metricSources: [
      () => metricsOf(app),
      () => companionMetrics(companions),
      () => certificateMetrics(tls.expiresAtMs()),
      () => drainMetrics(drain.signal.aborted),
    ],
    log: app.log,
    now,
    serverVersion: VERSION,
    trust: tls,
    baseUrl: config.baseUrl,
    trustedProxies: config.trustedProxies,
    metricsToken: config.metricsToken,
    webFolder: WEB_FOLDER,
    gateway: { mostSocketsAnAccount: config.devicesAnAccount },
    gatewaySockets: config.gateways.map((address) => address + API_PATH + PLAYBACK_SOCKET_PATH),
  });
  stack.use(http);
  stack.use(tls);
  const drain = new Drain({
    http,
    isInCluster: config.clusterAddress !== undefined,
    stop: signal,
    log: app.log,
    onBegun: () => announcement?.tell(),
  });
  const port = await http.listen(config.listen).catch((cause: unknown) => {
    throw listenFailure('CLEF_LISTEN', config.listen, cause);
  });
  stack.use(
    await listenForControl(app.data.controlSocket, async ({ operation, args }, context) =>
      operation === drainServer.name
        ? drainServer.run(drain, args, context)
        : runOperation(app, findOperation(operation), args, context),
    ),
  );
  const address = config.baseUrl ?? `http://${hostForUrl(config.listen.host)}:${port}`;
  terminal.say(`Clef ${VERSION} listens at ${address}`);
  app.log.info({ version: VERSION, port }, 'listening');
  const secure = await tls.start(http).catch((cause: unknown) => {
    throw listenFailure('CLEF_TLS_LISTEN', config.tlsListen, cause);
  });
  if (secure) terminal.say(`and at https://${hostForUrl(config.tlsListen.host)}:${secure.port}`);

  const unlocked = await app.unlocked;
  companions = unlocked.companions;
  stack.use(startChores(unlocked));
  if (config.scanMinutes > 0) app.imports.watch(config.scanMinutes * 60_000, now);
  const importing = importAtStart(app, { folders, demoFolder, signal: drain.signal });
  const workers = await startWorkers(unlocked, http, trackKey);
  if (workers) stack.use(workers);
  announcement = stack.use(await announceServer(app, { http, drain }));
  await untilAborted(drain.signal);
  terminal.say('Stopping; running streams get a moment to end.');
  await drain.run(workers);
  await importing;
}

/** At the first start there is nobody to sign in before the keys are made, and then the first administrator. */
function sessionsOnceUnlocked({ sessions, unlocked }: LockedApp): LockedApp['sessions'] {
  return {
    ...sessions,
    async signIn(signIn) {
      await unlocked;
      return sessions.signIn(signIn);
    },
  };
}

async function startWorkers(
  { config, data, registry, vault, log, shell }: App,
  http: HttpServer,
  trackKey: TrackKeyFinder,
): Promise<MediaWorkers | undefined> {
  const count = workerCount(config.workers, availableParallelism());
  if (count === 0) return undefined;
  const workers = await startMediaWorkers({
    count,
    http,
    socketPath: data.mediaSocket,
    trackKey,
    nodes: () => registry.mounted,
    cacheBytes: config.hotCache * 2 ** 20,
    onDamage: (report) => vault.damage.report(report),
    meter: registry.meter,
    log,
    now: shell.now,
  });
  registry.onChange(() => workers.mountAnew());
  log.info({ workers: workers.pids.length }, 'media workers answer too');
  return workers;
}

/** What seals app passwords is there once the keys are. */
function credentialsOnceUnlocked({ unlocked }: LockedApp): Credentials {
  return {
    createAppPassword: async (...args) => (await unlocked).credentials.createAppPassword(...args),
    createApiKey: async (...args) => (await unlocked).credentials.createApiKey(...args),
    list: async (...args) => (await unlocked).credentials.list(...args),
    revoke: async (...args) => (await unlocked).credentials.revoke(...args),
  };
}

function missingParts({ nodes }: LockedApp): readonly string[] {
  return nodes.reachable().length === 0 ? ['no storage node is reachable'] : [];
}

/** Nothing came from anywhere: not from a source, and not by an upload or another server. */
async function isEmpty(catalog: LockedApp['catalog']): Promise<boolean> {
  return (await catalog.sources()).length === 0 && (await catalog.counts()).tracks === 0;
}

/** Never rejects: a server plays what it has, whatever comes of an import. */
async function importAtStart(
  app: LockedApp,
  { folders, demoFolder, signal }: ServeOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { shell, log, catalog, config } = app;
  const { terminal, now } = shell;
  try {
    const wanted = [...config.music, ...folders];
    if (wanted.length === 0 && (await isEmpty(catalog))) {
      terminal.say('No music folder is named yet: making a demo album to listen to.');
      const { makeDemoAlbum } = await import('../../ingest/demo/index.ts');
      await makeDemoAlbum(demoFolder);
      wanted.push(demoFolder);
    }
    const progress = await showProgress('files', now);
    try {
      const args = { folders: wanted, acceptLoss: false };
      const summary = await runOperation(app, importFolders, args, {
        signal,
        onProgress: (value) => progress.update(value),
      });
      progress.stop();
      // Paths are for a person's eyes: what is not a terminal may be a log.
      if (terminal.isInteractive) sayImportSummary(terminal, summary);
      log.info(
        { ...summary, failures: summary.failures.length, notes: summary.notes.length },
        'import finished',
      );
      terminal.say(
        'To listen: open the address above in a browser and sign in. For a Subsonic player: clef app-password create admin --client "my phone".',
      );
    } finally {
      progress.stop();
    }
  } catch (error) {
    if (signal.aborted) return;
    log.error({ err: error }, 'the import stopped; what was imported plays, and the next start goes on');
  }
  await app.imports
    .watchAll()
    .catch((error: unknown) => log.error({ err: error }, 'sources are not watched'));
}
