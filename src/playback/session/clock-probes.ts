import { ClockEstimate } from './clock-estimate.ts';

/** Questions that follow each other at once: the one that waited least counts. */
const FIRST_BURST = 8;
const BURST = 3;
/** Between two bursts: soon at first, since the drift of two clocks is learnt from what lies apart. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

export interface ClockProbesOptions {
  /** Sends a question, whose answer comes with the same number. */
  readonly ask: (id: number) => void;
  /** Of a clock that no one sets. */
  readonly nowMs: () => number;
  /** After the first burst. */
  readonly onKnown: () => void;
}

/** Asks for the log's time for as long as it lives. */
export class ClockProbes implements Disposable {
  readonly clock = new ClockEstimate();
  readonly #options: ClockProbesOptions;
  #id = 0;
  #sentMs = 0;
  #left = 0;
  #waitMs = FIRST_WAIT_MS;
  #isKnown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClockProbesOptions) {
    this.#options = options;
  }

  /** Over a new line, or after a sleep. */
  start(): void {
    this.#waitMs = FIRST_WAIT_MS;
    this.#isKnown = false;
    this.#burst(FIRST_BURST);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#left = 0;
  }

  /** The answer to a question; one that is not the newest is left out. */
  take(id: number, serverMs: number): void {
    if (id !== this.#id || this.#left === 0) return;
    const { nowMs, onKnown } = this.#options;
    this.clock.add({ sentMs: this.#sentMs, receivedMs: nowMs(), serverMs });
    if (--this.#left > 0) this.#ask();
    else if (!this.#isKnown) {
      this.#isKnown = true;
      onKnown();
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #burst(count: number): void {
    this.#left = count;
    this.#ask();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Over a slow line a burst may take longer than that; a question that was lost is not waited for.
      if (this.#left > 0 && this.#options.nowMs() - this.#sentMs < LONGEST_WAIT_MS) this.#wait();
      else this.#burst(this.#isKnown ? BURST : FIRST_BURST);
    }, this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
  }

  #ask(): void {
    this.#sentMs = this.#options.nowMs();
    this.#options.ask(++this.#id);
  }
}
