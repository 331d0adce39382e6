import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ClefError } from '../../core/index.ts';
import type { Part, PartKind, PartState } from './part.ts';

/** How a part is run. */
export interface ProcessPlan {
  readonly name: string;
  readonly kind: PartKind;
  readonly command: readonly [program: string, ...args: string[]];
  /** Besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what it says, after what it said before. */
  readonly logFile: string;
  /** Whether it answers. Never rejects, and takes no longer than some seconds. */
  readonly answers: () => Promise<boolean>;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const POLL_MS = 50;

/** A process with all its children: they hear the same signals, and none outlives this process. */
export class ProcessPart implements Part {
  readonly name: string;
  readonly kind: PartKind;
  readonly #plan: ProcessPlan;
  #state: PartState = 'gone';
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(plan: ProcessPlan) {
    this.name = plan.name;
    this.kind = plan.kind;
    this.#plan = plan;
  }

  get state(): PartState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child) return;
    this.#state = 'starting';
    const log = await open(this.#plan.logFile, 'a', 0o600);
    try {
      this.#run(log);
    } finally {
      await log.close();
    }
    const deadlineMs = performance.now() + START_WITHIN_MS;
    while (!(await this.#plan.answers())) {
      if (!this.#child) throw this.#failed('ended as it started');
      if (performance.now() > deadlineMs) {
        await this.kill();
        throw this.#failed(`did not answer within ${START_WITHIN_MS / 1_000} s`);
      }
      await wait(POLL_MS);
    }
    this.#state = 'ready';
  }

  async stop(): Promise<void> {
    this.resume();
    this.#send(this.#plan.stopSignal ?? 'SIGTERM', 'leader');
    const isOver = await Promise.race([
      this.#ended.then(() => true),
      wait(STOP_WITHIN_MS, false, { ref: false }),
    ]);
    if (!isOver) await this.kill();
  }

  async kill(): Promise<void> {
    this.#send('SIGKILL', 'all');
    await this.#ended;
  }

  pause(): void {
    if (!this.#child) return;
    this.#send('SIGSTOP', 'all');
    this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#send('SIGCONT', 'all');
    this.#state = 'silent';
  }

  async look(): Promise<void> {
    if (this.#state !== 'ready' && this.#state !== 'silent') return;
    const answers = await this.#plan.answers();
    // It may have ended, or have been paused, meanwhile.
    if (this.#state === 'ready' || this.#state === 'silent') this.#state = answers ? 'ready' : 'silent';
  }

  #run(log: FileHandle): void {
    const [program, ...args] = this.#plan.command;
    const { PATH = '', HOME = '' } = process.env;
    // setpriv(1): it gets a signal when this process ends, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      // Debian keeps servers where only root's PATH leads.
      env: { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, ...this.#plan.env },
      stdio: ['ignore', log.fd, log.fd],
      // A process group of its own: Ctrl-C on the terminal is told to this process alone.
      detached: true,
    });
    this.#child = child;
    this.#ended = once(child, 'exit').then(
      () => this.#end(child),
      () => this.#end(child),
    );
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

  #failed(what: string): ClefError {
    return new ClefError('cluster-part-failed', `${this.name} ${what}; its log says more`);
  }
}
