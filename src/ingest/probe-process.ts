import { availableParallelism } from 'node:os';
import { ClefError } from '../core/index.ts';
import type { PacketTable } from '../playback/index.ts';
import { Gate } from './concurrent.ts';
import type { MediaProbe, ProbedMedia, ReadableMedia } from './port.ts';
import { childCommand, type ChildCommand } from './probe/child-command.ts';
import { ProbeChild } from './probe/child-process.ts';

const THINKING_MS = 20_000;
/** Children without work for this long are let go: they hold memory that a server wants back. */
const IDLE_MS = 5_000;
/** What a child leaks, or wastes of its processor time, ends with it. */
const FILES_PER_CHILD = 1_000;
const MOST_CHILDREN = 8;

export interface ProcessProbeOptions {
  /** Files read at once. */
  readonly processes?: number;
  /** How long a child may work on a file, the waits for its bytes not counted. */
  readonly thinkingMs?: number;
  /** For tests. */
  readonly command?: ChildCommand;
}

/** The adapter of `MediaProbe` that reads each file in a process of few rights, replaced when it dies of one. */
export class ProcessProbe implements MediaProbe {
  readonly #gate: Gate;
  readonly #thinkingMs: number;
  readonly #command: ChildCommand;
  readonly #idle: ProbeChild[] = [];
  readonly #busy = new Set<ProbeChild>();
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ProcessProbeOptions = {}) {
    this.#gate = new Gate(options.processes ?? Math.min(availableParallelism(), MOST_CHILDREN));
    this.#thinkingMs = options.thinkingMs ?? THINKING_MS;
    this.#command = options.command ?? childCommand();
  }

  probe(media: ReadableMedia, signal?: AbortSignal): Promise<ProbedMedia> {
    return this.#withChild((child) => child.probe(media, signal), signal);
  }

  packetTable(media: ReadableMedia, signal?: AbortSignal): Promise<PacketTable | undefined> {
    return this.#withChild((child) => child.packetTable(media, signal), signal);
  }

  #withChild<Found>(ask: (child: ProbeChild) => Promise<Found>, signal?: AbortSignal): Promise<Found> {
    return this.#gate.pass(async () => {
      const child = this.#take();
      try {
        return await ask(child);
      } finally {
        this.#giveBack(child);
      }
    }, signal);
  }

  #take(): ProbeChild {
    if (this.#isClosed) throw new ClefError('not-ready', 'the probe is closed');
    clearTimeout(this.#idleTimer);
    let child = this.#idle.pop();
    while (child && !child.isAlive) child = this.#idle.pop();
    child ??= new ProbeChild(this.#command, this.#thinkingMs);
    this.#busy.add(child);
    return child;
  }

  #giveBack(child: ProbeChild): void {
    this.#busy.delete(child);
    if (!child.isAlive) return;
    if (this.#isClosed || child.fileCount >= FILES_PER_CHILD) child.close();
    else this.#idle.push(child);
    if (this.#busy.size === 0) this.#idleTimer = setTimeout(() => this.#closeIdle(), IDLE_MS).unref();
  }

  #closeIdle(): void {
    for (const child of this.#idle.splice(0)) child.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#closeIdle();
    for (const child of this.#busy) child.kill(new ClefError('not-ready', 'the probe is closed'));
  }
}

export function createProcessProbe(options: ProcessProbeOptions = {}): MediaProbe {
  return new ProcessProbe(options);
}
