import type { Engine } from '../engine/port.ts';

/** An engine that was told to play a moment ago may be about to begin. */
const ABOUT_TO_BEGIN_MS = 1_000;

export interface GestureWaitOptions {
  /** Somebody has touched this page since it was opened. */
  readonly hasBeenTouched: () => boolean;
  /** Of a clock that no one sets. */
  readonly nowMs: () => number;
}

/** Notices that the browser keeps a page silent until somebody touches it: music was handed over to a page that nobody did. */
export class GestureWait {
  readonly #options: GestureWaitOptions;
  #sinceMs: number | undefined;
  #isOn = false;

  constructor(options: GestureWaitOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** To be called several times a second, with the engine of a page that is heard; true where the answer has changed. */
  look(engine: Pick<Engine, 'state' | 'bufferedMs'> | undefined): boolean {
    const { hasBeenTouched, nowMs } = this.#options;
    // With music at hand, there is nothing else to wait for.
    const isHeldBack = engine?.state.status === 'waiting' && engine.bufferedMs() > 0 && !hasBeenTouched();
    if (isHeldBack) this.#sinceMs ??= nowMs();
    else this.#sinceMs = undefined;
    const before = this.#isOn;
    this.#isOn = this.#sinceMs !== undefined && nowMs() - this.#sinceMs >= ABOUT_TO_BEGIN_MS;
    return this.#isOn !== before;
  }
}
