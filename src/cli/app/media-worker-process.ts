import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ConnectionTaker } from './connection-dealer.ts';
import type { FromWorker, ToWorker, WorkerNode, WorkerSettings } from './media-worker-protocol.ts';

export interface WorkerProcessOptions {
  /** Asked at each start. */
  readonly settings: () => WorkerSettings;
  readonly onMessage: (message: FromWorker) => void;
  /** It died, or was told to end, with so many `streams` under way. It is replaced after `againInMs`, if that is set. */
  readonly onExit: (exit: WorkerExit) => void;
  readonly now: () => number;
  /** What is run. Default: the media worker. */
  readonly program?: string;
  /** One that is not ready by then is killed. Default 10 s. */
  readonly startWithinMs?: number;
  /** One that does not take a connection by then does nothing any more, and is killed. Default 5 s. */
  readonly takeWithinMs?: number;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly streams: number;
  readonly againInMs: number | undefined;
}

const DEFAULT_START_WITHIN_MS = 10_000;
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 30_000;
/** One that lived so long did not fail because of how it was started. */
const SETTLED_MS = 60_000;
const DEFAULT_TAKE_WITHIN_MS = 5_000;
/** Beyond what a drain may take: for one that no longer answers. */
const KILL_AFTER_MS = 2_000;

const workerProgram = fileURLToPath(new URL('../../../bin/media-worker.js', import.meta.url));

/** What Node itself may want. Everything else, passwords among it, stays here. */
const PASSED_ON = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'NODE_COMPILE_CACHE'];

/** One media worker, started again whenever it dies. */
export class MediaWorkerProcess implements ConnectionTaker, AsyncDisposable {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #gone = Promise.withResolvers<void>();
  #isServing = false;
  #taking: PromiseWithResolvers<boolean> | undefined;
  #connections = 0;
  #streams = 0;
  #startedAtMs = 0;
  #restartMs = FIRST_RESTART_MS;
  #restart: NodeJS.Timeout | undefined;
  #startDeadline: NodeJS.Timeout | undefined;
  #isStopping = false;
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** One whose channel has closed takes nothing any more, though its exit may not be known yet. */
  get isReady(): boolean {
    return this.#isServing && !this.#isStopping && this.#child?.connected === true;
  }

  get isTaking(): boolean {
    return this.#taking !== undefined;
  }

  get connections(): number {
    return this.#connections;
  }

  async take(socket: Socket): Promise<boolean> {
    const { takeWithinMs = DEFAULT_TAKE_WITHIN_MS } = this.#options;
    const child = this.#child;
    if (!child?.connected) return false;
    const taking = Promise.withResolvers<boolean>();
    this.#taking = taking;
    const late = setTimeout(() => child.kill('SIGKILL'), takeWithinMs);
    // Kept open here until it is known to have arrived: a child that dies takes along what was on the way.
    child.send({ kind: 'connection' } satisfies ToWorker, socket, { keepOpen: true }, () => undefined);
    try {
      return await taking.promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Has it mount these nodes and no others; one that is started later is told at its start. */
  mount(nodes: readonly WorkerNode[]): void {
    if (this.#child) send(this.#child, { kind: 'nodes', nodes });
  }

  /** Resolves once it is ready, or died for the first time. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Lets it finish what it sends, for a bounded time. */
  async drain(withinMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child) return;
    send(child, { kind: 'drain', withinMs });
    const kill = setTimeout(() => child.kill('SIGKILL'), withinMs + KILL_AFTER_MS);
    await this.#gone.promise;
    clearTimeout(kill);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain(0);
  }

  #start(): void {
    const { program = workerProgram, startWithinMs = DEFAULT_START_WITHIN_MS, settings, now } = this.#options;
    this.#startedAtMs = now();
    const child = fork(program, {
      execArgv: [],
      env: workerEnvironment(),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#gone = Promise.withResolvers();
    child.on('message', (message: FromWorker) => this.#hear(message));
    // Where no process could be made there is none to exit.
    child.on('error', () => (child.pid === undefined ? this.#exited(null, null) : child.kill('SIGKILL')));
    child.once('exit', (code, signal) => this.#exited(code, signal));
    this.#startDeadline = setTimeout(() => child.kill('SIGKILL'), startWithinMs);
    send(child, { kind: 'start', settings: settings() });
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#isServing = true;
        this.#started();
        break;
      case 'taken':
        this.#connections++;
        this.#settleTaking(true);
        break;
      case 'left':
        this.#connections--;
        break;
      case 'opened':
        this.#streams++;
        break;
      case 'sent':
        this.#streams--;
        break;
      default:
    }
    this.#options.onMessage(message);
  }

  #settleTaking(isTaken: boolean): void {
    const taking = this.#taking;
    this.#taking = undefined;
    taking?.resolve(isTaken);
  }

  #started(): void {
    clearTimeout(this.#startDeadline);
    this.#settled.resolve();
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const { onExit, now } = this.#options;
    const streams = this.#streams;
    this.#child = undefined;
    this.#isServing = false;
    this.#connections = 0;
    this.#streams = 0;
    this.#settleTaking(false);
    this.#started();
    this.#gone.resolve();
    if (this.#isStopping) {
      onExit({ code, signal, streams, againInMs: undefined });
      return;
    }
    if (now() - this.#startedAtMs >= SETTLED_MS) this.#restartMs = FIRST_RESTART_MS;
    const againInMs = this.#restartMs;
    this.#restartMs = Math.min(LONGEST_RESTART_MS, againInMs * 2);
    this.#restart = setTimeout(() => this.#start(), againInMs);
    onExit({ code, signal, streams, againInMs });
  }
}

/** A child that is gone already tells by its exit. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

function workerEnvironment(): NodeJS.ProcessEnv {
  const { env } = process;
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}
