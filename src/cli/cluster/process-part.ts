import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ClefError } from '../../core/index.ts';
import { endLeftovers, recordProcess } from './leftovers.ts';
import type { Part, PartEnd, PartKind, PartState } from './part.ts';

/** How a part is run. */
export interface ProcessPlan {
  readonly name: string;
  readonly kind: PartKind;
  readonly serves: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what it says, after what it said before. It runs in that folder, which is its own. */
  readonly logFile: string;
  /** Whether it answers. Never rejects, and takes no longer than some seconds. */
  readonly answers: () => Promise<boolean>;
  /** Then it is killed. */
  readonly stopWithinMs?: number;
}

/** A first start of many parts at once is slow on a small machine. */
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 30_000;
const POLL_MS = 50;

/** A process with all its children: they hear the same signals, and none is to outlive this process. */
export class ProcessPart implements Part {
  readonly name: string;
  readonly kind: PartKind;
  readonly serves: string;
  readonly #plan: ProcessPlan;
  #state: PartState = 'waiting';
  #child: ChildProcess | undefined;
  #starting: Promise<void> | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(plan: ProcessPlan) {
    this.name = plan.name;
    this.kind = plan.kind;
    this.serves = plan.serves;
    this.#plan = plan;
  }

  get state(): PartState {
    return this.#state;
  }

  clear(): Promise<number> {
    return endLeftovers(this.#record, dirname(this.#plan.logFile));
  }

  /** Whoever comes while it starts waits for the same. */
  start(signal: AbortSignal): Promise<void> {
    return (this.#starting ??= this.#start(signal).finally(() => {
      this.#starting = undefined;
    }));
  }

  async #start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#child) return;
    this.#state = 'starting';
    const log = await open(this.#plan.logFile, 'a', 0o600);
    try {
      await this.#run(log);
    } finally {
      await log.close();
    }
    const deadlineMs = performance.now() + START_WITHIN_MS;
    while (!(await this.#plan.answers())) {
      signal.throwIfAborted();
      if (!this.#child) throw this.#failed('ended as it started');
      if (performance.now() > deadlineMs) {
        await this.kill();
        throw this.#failed(`did not answer within ${START_WITHIN_MS / 1_000} s`);
      }
      await wait(POLL_MS);
    }
    // Somebody else may answer at its address.
    if (!this.#child) throw this.#failed('ended as it started');
    this.#state = 'ready';
  }

  async stop(): Promise<PartEnd> {
    if (this.#child) this.#state = 'stopping';
    this.#send('SIGTERM', 'leader');
    const late = new AbortController();
    const isOver = await Promise.race([
      this.#ended.then(() => true),
      wait(this.#plan.stopWithinMs ?? STOP_WITHIN_MS, false, { signal: late.signal }),
    ]);
    late.abort();
    if (isOver) return 'stopped';
    await this.kill();
    return 'by force';
  }

  async kill(): Promise<void> {
    this.#send('SIGKILL', 'all');
    await this.#ended;
  }

  async look(): Promise<void> {
    if (this.#state !== 'ready' && this.#state !== 'silent') return;
    const answers = await this.#plan.answers();
    // It may have ended meanwhile.
    if (this.#state === 'ready' || this.#state === 'silent') this.#state = answers ? 'ready' : 'silent';
  }

  async #run(log: FileHandle): Promise<void> {
    const [program, ...args] = this.#plan.command;
    const { PATH = '', HOME = '' } = process.env;
    // setpriv(1): it gets a signal when this process ends, however that ends. Its own children do not.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      // Debian keeps servers where only root's PATH leads.
      env: { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, ...this.#plan.env },
      cwd: dirname(this.#plan.logFile),
      stdio: ['ignore', log.fd, log.fd],
      // A session of its own: Ctrl-C on the terminal is told to this process alone.
      detached: true,
    });
    this.#child = child;
    this.#ended = once(child, 'exit').then(
      () => this.#end(child),
      () => this.#end(child),
    );
    if (child.pid !== undefined) await recordProcess(this.#record, child.pid);
  }

  /** Whatever it left running would keep its ports. */
  #end(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#send('SIGKILL', 'all');
    this.#child = undefined;
    this.#state = 'gone';
  }

  #send(signal: NodeJS.Signals, to: 'leader' | 'all'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(to === 'all' ? -pid : pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  get #record(): string {
    return `${this.#plan.logFile}.process`;
  }

  #failed(what: string): ClefError {
    return new ClefError('cluster-part-failed', `${this.name} ${what}; ${this.#plan.logFile} says more`);
  }
}
