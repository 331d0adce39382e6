import type { Output } from '../../playback/session/index.ts';
import type { Engine } from '../engine/port.ts';
import { paceOf } from './pace.ts';
import type { SessionClient } from './session-client.ts';

/** What is known of the clocks and of what is heard changes all the time, but slowly. */
const AGAIN_EVERY_MS = 1_000;

export interface PaceFollowerOptions {
  readonly client: SessionClient;
  readonly engine: Engine;
  /** The engine's name for an item of the session. */
  readonly engineIdOf: (itemId: string) => string;
  readonly latency: LatencyMemory;
}

/** How long after it was rendered this device was heard, as learnt before. */
export interface LatencyMemory {
  get(): number | undefined;
  set(latencyMs: number): void;
}

/** Keeps the engine to the session's pace while several outputs sound together, or one takes over from another. */
export class PaceFollower {
  readonly #options: PaceFollowerOptions;
  #state: object | undefined;
  #toldMs = 0;
  #isKeeping = false;

  constructor(options: PaceFollowerOptions) {
    this.#options = options;
  }

  get isKeeping(): boolean {
    return this.#isKeeping;
  }

  /** True where this page is to be in step with others, and can be. */
  isWanted(own: Output | undefined): own is Output {
    const { client, engine } = this.#options;
    if (!own || !engine.keepPace || !client.clock.isKnown) return false;
    return client.view().outputs.length > 1 && client.logNowMs() < (own.untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** To be called after each change of the session, and now and then; the items of the state are in the engine's queue. */
  keep(own: Output): void {
    const { client, engine, engineIdOf, latency } = this.#options;
    const nowMs = performance.now();
    if (this.#isKeeping && this.#state === client.state && nowMs - this.#toldMs < AGAIN_EVERY_MS) return;
    this.#state = client.state;
    this.#toldMs = nowMs;
    this.#isKeeping = true;
    const { latencyMs } = engine.paceError?.() ?? {};
    if (latencyMs !== undefined) latency.set(latencyMs);
    const pace = paceOf(client.state, client.clock, nowMs, own, latency.get());
    engine.keepPace?.(pace && { ...pace, itemId: engineIdOf(pace.itemId) });
  }

  /** From where it is, by itself. */
  leave(): void {
    if (!this.#isKeeping) return;
    this.#isKeeping = false;
    this.#options.engine.keepPace?.(undefined);
  }
}
