import { type ChildProcess, fork } from 'node:child_process';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker, WorkerSettings } from './media-worker-protocol.ts';

export interface WorkerProcessOptions {
  readonly listener: Server;
  readonly settings: WorkerSettings;
  readonly onMessage: (message: FromWorker) => void;
  /** It died, or was told to end, with so many `streams` under way. It is replaced after `againInMs`, if that is set. */
  readonly onExit: (exit: WorkerExit) => void;
  readonly now: () => number;
  /** What is run. Default: the media worker. */
  readonly program?: string;
  /** One that does not listen by then is killed. Default 10 s. */
  readonly startWithinMs?: number;
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
/** Beyond what a drain may take: for one that no longer answers. */
const KILL_AFTER_MS = 2_000;

const workerProgram = fileURLToPath(new URL('../../../bin/media-worker.js', import.meta.url));

/** What Node itself may want. Everything else, passwords among it, stays here. */
const PASSED_ON = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'NODE_COMPILE_CACHE'];

/** One media worker, started again whenever it dies. */
export class MediaWorkerProcess implements AsyncDisposable {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #gone = Promise.withResolvers<void>();
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
    send(child, { kind: 'drain', withinMs });
    const kill = setTimeout(() => child.kill('SIGKILL'), withinMs + KILL_AFTER_MS);
    await this.#gone.promise;
    clearTimeout(kill);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain(0);
  }

  #start(): void {
    const {
      program = workerProgram,
      startWithinMs = DEFAULT_START_WITHIN_MS,
      listener,
      settings,
      now,
    } = this.#options;
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
    send(child, { kind: 'start', settings }, listener);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'ready') this.#started();
    if (message.kind === 'opened') this.#streams++;
    if (message.kind === 'sent') this.#streams--;
    this.#options.onMessage(message);
  }

  #started(): void {
    clearTimeout(this.#startDeadline);
    this.#settled.resolve();
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const { onExit, now } = this.#options;
    const streams = this.#streams;
    this.#child = undefined;
    this.#streams = 0;
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
function send(child: ChildProcess, message: ToWorker, listener?: Server): void {
  if (child.connected) child.send(message, listener, () => undefined);
}

function workerEnvironment(): NodeJS.ProcessEnv {
  const { env } = process;
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}
