import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker, WorkerSettings } from './media-worker-protocol.ts';

export interface WorkerProcessOptions {
  readonly listener: Server;
  readonly settings: WorkerSettings;
  readonly onMessage: (message: FromWorker) => void;
  /** It died, or was told to end; `streams` were under way. It is replaced after `againInMs`, if that is set. */
  readonly onExit: (exit: WorkerExit) => void;
  readonly now: () => number;
  /** What is run; the media worker. */
  readonly program?: string;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly streams: number;
  readonly againInMs: number | undefined;
}

const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 30_000;
/** One that lived so long did not fail because of how it was started. */
const SETTLED_MS = 60_000;
/** Beyond what a drain may take: for one that no longer answers. */
const KILL_AFTER_MS = 2_000;

const workerProgram = fileURLToPath(new URL('./media-worker.ts', import.meta.url));

/** What Node itself may want. Everything else, passwords among it, stays here. */
const PASSED_ON = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'NODE_COMPILE_CACHE'];

/** One media worker, started again whenever it dies. */
export class MediaWorkerProcess implements AsyncDisposable {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #streams = 0;
  #startedAtMs = 0;
  #restartMs = FIRST_RESTART_MS;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves once it listens, or died for the first time. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Lets it finish what it sends, for a bounded time. */
  async drain(withinMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child) return;
    const exited = once(child, 'exit');
    send(child, { kind: 'drain', withinMs });
    const kill = setTimeout(() => child.kill('SIGKILL'), withinMs + KILL_AFTER_MS);
    await exited;
    clearTimeout(kill);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain(0);
  }

  #start(): void {
    const { program = workerProgram, listener, settings, now } = this.#options;
    this.#startedAtMs = now();
    const child = fork(program, {
      execArgv: [],
      env: workerEnvironment(),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message: FromWorker) => this.#hear(message));
    child.on('error', () => child.kill('SIGKILL'));
    child.once('exit', (code, signal) => this.#exited(code, signal));
    send(child, { kind: 'start', settings }, listener);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'ready') this.#settled.resolve();
    if (message.kind === 'opened') this.#streams++;
    if (message.kind === 'sent') this.#streams--;
    this.#options.onMessage(message);
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const { onExit, now } = this.#options;
    const streams = this.#streams;
    this.#child = undefined;
    this.#streams = 0;
    this.#settled.resolve();
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
function send(child: ChildProcess, message: ToWorker, listener?: Server): void {
  if (child.connected) child.send(message, listener, () => undefined);
}

function workerEnvironment(): NodeJS.ProcessEnv {
  const { env } = process;
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}
