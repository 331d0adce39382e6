import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { ClefError, toBase64Url } from '../../core/index.ts';
import type { HttpServer, TrackKeyFinder } from '../../http/index.ts';
import type { DamageListener } from '../../vault/index.ts';
import type { NodeMeter } from '../../vault/nodes/measure.ts';
import { ConnectionDealer } from './connection-dealer.ts';
import { MediaWorkerProcess, type WorkerExit } from './media-worker-process.ts';
import { type FromWorker, readSent, type WorkerNode, type WorkerSettings } from './media-worker-protocol.ts';

export interface MediaWorkersOptions {
  readonly count: number;
  /** Listens already; it serves connections itself while no worker can. */
  readonly http: Pick<HttpServer, 'divertConnections' | 'counter' | 'listenForWorkers'>;
  /** Where the workers reach this process: a Unix socket in a private folder, or a named pipe. */
  readonly socketPath: string;
  readonly trackKey: TrackKeyFinder;
  /** Those in use now, whenever it is asked. */
  readonly nodes: () => readonly WorkerNode[];
  /** Decrypted chunks that each worker keeps. */
  readonly cacheBytes: number;
  readonly onDamage: DamageListener;
  readonly meter: NodeMeter;
  readonly log: Logger;
  readonly now: () => number;
  /** What is run in place of the worker, in tests of how it is watched over. */
  readonly program?: string;
}

/** Processes that send media beside the main one. Disposing cuts what they send. */
export interface MediaWorkers extends AsyncDisposable {
  /** Of those that run now. */
  readonly pids: readonly number[];
  /** Has the workers mount the nodes that are in use now. */
  mountAnew(): void;
  /** Lets them finish what they send, for a bounded time; called again, no longer than the new call says. */
  drain(withinMs: number): Promise<void>;
}

/** One main process keeps hardly more busy with short ranges. */
const MOST_WORKERS = 4;

/** `auto` leaves a core to the main process and one to the rest; docs/adr/0005-media-workers.md has the figures. */
export function workerCount(setting: 'auto' | number, cores: number): number {
  return setting === 'auto' ? Math.min(MOST_WORKERS, Math.max(0, cores - 2)) : setting;
}

const SECRET_BYTES = 32;
/** Sealed bytes that all workers together may hold. */
const SEALED_BYTES = 256 * 2 ** 20;

/**
 * Resolves once every worker is ready or has failed to be; one that fails is started again, and the others, or this
 * process, answer meanwhile.
 */
export async function startMediaWorkers(options: MediaWorkersOptions): Promise<MediaWorkers> {
  const { count, http, socketPath, trackKey, nodes, cacheBytes } = options;
  const secret = toBase64Url(randomBytes(SECRET_BYTES));
  await http.listenForWorkers({ path: socketPath, secret, trackKey });
  const settings = (): WorkerSettings => ({
    socketPath,
    secret,
    nodes: nodes(),
    cacheBytes,
    sealedBytes: Math.floor(SEALED_BYTES / count),
  });
  const workers: MediaWorkerProcess[] = Array.from(
    { length: count },
    () =>
      new MediaWorkerProcess({
        settings,
        onMessage(message) {
          hear(message, options);
          if (message.kind === 'ready') dealer.deal();
        },
        onExit(exit) {
          noteExit(exit, options);
          dealer.deal();
        },
        now: options.now,
        ...(options.program === undefined ? {} : { program: options.program }),
      }),
  );
  const serveHere = http.divertConnections((socket) => dealer.offer(socket));
  const dealer = new ConnectionDealer(workers, serveHere);
  await Promise.all(workers.map((worker) => worker.settled));
  return {
    get pids() {
      return workers.flatMap(({ pid }) => pid ?? []);
    },
    mountAnew() {
      for (const worker of workers) worker.mount(nodes());
    },
    drain,
    [Symbol.asyncDispose]: () => drain(0),
  };

  async function drain(withinMs: number): Promise<void> {
    const drained = workers.map((worker) => worker.drain(withinMs));
    dealer.deal();
    await Promise.all(drained);
  }
}

function hear(message: FromWorker, { http: { counter }, onDamage, meter }: MediaWorkersOptions): void {
  switch (message.kind) {
    case 'opened':
      counter.opened();
      break;
    case 'sent':
      counter.closed(readSent(message.sent));
      break;
    case 'damage':
      onDamage(message.report);
      break;
    case 'nodes':
      for (const report of message.reports) meter.add(report);
      break;
    default:
      message.kind satisfies 'ready' | 'taken' | 'left';
  }
}

function noteExit({ code, signal, streams, againInMs }: WorkerExit, options: MediaWorkersOptions): void {
  const { http, log } = options;
  for (let i = 0; i < streams; i++) http.counter.lost();
  if (againInMs === undefined) return;
  const err = new ClefError('internal', `a media worker ended by ${signal ?? `exit code ${code}`}`);
  log.error({ err, streams, againInMs }, 'a media worker died and is started again');
}
