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

/**
 * Keeps the engine to the session's pace while several outputs sound together, or one takes over from another. While it plays
 * alone, it is only measured where it is heard.
 */
export class PaceFollower {
  readonly #options: PaceFollowerOptions;
  #state: object | undefined;
  #toldMs = 0;
  #mode: 'none' | 'measuring' | 'keeping' = 'none';

  constructor(options: PaceFollowerOptions) {
    this.#options = options;
  }

  get isKeeping(): boolean {
    return this.#mode === 'keeping';
  }

  get isMeasured(): boolean {
    return this.#mode === 'measuring' && this.#options.engine.paceError?.() !== undefined;
  }

  /** How far ahead of the session it is heard, where that is more than so much, and than so many times what it may be wrong by. */
  errorMs(beyondMs = 0, doubts = 0): number | undefined {
    const error = this.isMeasured ? this.#options.engine.paceError?.() : undefined;
    if (!error || Math.abs(error.errorMs) < Math.max(beyondMs, doubts * error.uncertaintyMs))
      return undefined;
    return error.errorMs;
  }

  /** True where this page is to be in step with others, and can be. */
  isWanted(own: Output | undefined): own is Output {
    const { client, engine } = this.#options;
    if (!own || !engine.keepPace || !client.clock.isKnown) return false;
    return client.view().outputs.length > 1 && client.logNowMs() < (own.untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** To be called after each change of the session, and now and then; the items of the state are in the engine's queue. */
  keep(own: Output): void {
    this.#tell('keeping', own);
  }

  measure(own: Output): void {
    if (this.#options.client.clock.isKnown) this.#tell('measuring', own);
    else this.leave();
  }

  /** Goes on from where it is, by itself. */
  leave(): void {
    if (this.#mode !== 'none') this.#options.engine.keepPace?.(undefined);
    this.#mode = 'none';
  }

  #tell(mode: 'measuring' | 'keeping', own: Output): void {
    const { client, engine, engineIdOf, latency } = this.#options;
    const nowMs = performance.now();
    const isNew = this.#mode !== mode || this.#state !== client.state;
    if (!isNew && nowMs - this.#toldMs < AGAIN_EVERY_MS) return;
    this.#state = client.state;
    this.#toldMs = nowMs;
    this.#mode = mode;
    const { latencyMs } = engine.paceError?.() ?? {};
    if (latencyMs !== undefined) latency.set(latencyMs);
    const pace = paceOf(client.state, client.clock, nowMs, own, latency.get());
    const free = mode === 'measuring';
    engine.keepPace?.(pace && { ...pace, itemId: engineIdOf(pace.itemId), free });
  }
}
