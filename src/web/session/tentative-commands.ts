import type { LogEntry } from '../../playback/session/index.ts';

/** What another device wants is shown before the log has it, but not for longer. */
const TENTATIVE_MS = 10_000;

export interface TentativeCommandsOptions {
  readonly nowMs: () => number;
  /** Some of them never came, and are void. */
  readonly onVoid: () => void;
}

/** Commands of other devices on their way to the log. */
export class TentativeCommands implements Disposable {
  readonly #options: TentativeCommandsOptions;
  #all: readonly (LogEntry & { readonly heardMs: number })[] = [];
  #voiding: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TentativeCommandsOptions) {
    this.#options = options;
  }

  get all(): readonly LogEntry[] {
    return this.#all;
  }

  add(entry: LogEntry): void {
    this.#all = [...this.#all, { ...entry, heardMs: this.#options.nowMs() }];
    this.#plan();
  }

  /** A state was told. One of several records does not say which: what was announced before is most likely in it. */
  saw(cmdId: string | undefined): void {
    this.#all = cmdId === undefined ? [] : this.#all.filter(({ command }) => command.cmdId !== cmdId);
    this.#plan();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#voiding);
  }

  #plan(): void {
    clearTimeout(this.#voiding);
    const [oldest] = this.#all;
    if (!oldest) return;
    const { nowMs, onVoid } = this.#options;
    this.#voiding = setTimeout(
      () => {
        this.#all = this.#all.filter(({ heardMs }) => nowMs() - heardMs < TENTATIVE_MS);
        this.#plan();
        onVoid();
      },
      oldest.heardMs + TENTATIVE_MS - nowMs(),
    );
  }
}
