import type { StateMessage } from './told-state.ts';

/** For answers that come right behind a state. */
const HOLD_MS = 500;
const MOST_HELD = 64;

export interface HeldStatesOptions {
  /** Commands of this page are on their way, and nobody has said what became of them. */
  readonly isAwaiting: () => boolean;
  readonly take: (told: StateMessage) => void;
}

/**
 * A state of several records does not say whose they are. With commands of this page on their way it waits for what
 * became of them: one that it has in it would else be applied twice.
 */
export class HeldStates implements Disposable {
  readonly #options: HeldStatesOptions;
  #all: readonly StateMessage[] = [];
  #holding: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HeldStatesOptions) {
    this.#options = options;
  }

  hear(told: StateMessage): void {
    this.#all = [...this.#all, told];
    const isClear = this.#all.length === 1 && told.cmdId !== undefined;
    if (isClear || !this.#options.isAwaiting() || this.#all.length > MOST_HELD) this.release();
    else this.#holding ??= setTimeout(() => this.release(), HOLD_MS);
  }

  /** Nothing is awaited any more. */
  release(): void {
    clearTimeout(this.#holding);
    this.#holding = undefined;
    const all = this.#all;
    this.#all = [];
    for (const told of all) this.#options.take(told);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#holding);
  }
}
