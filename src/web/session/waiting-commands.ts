import type { Waiting } from '../../playback/session/index.ts';
import type { Shelf } from './instance.ts';

/** What a page remembers that the log does not have: an evening without a server. */
const MOST_WAITING = 500;
const MOST_CHARACTERS = 1_000_000;

/** A command of this page, until the state that was told has it in it. */
export interface OwnCommand extends Waiting {
  /** Where the log has it: a state up to there has it in it. */
  readonly seq?: number;
}

export interface WaitingCommandsOptions {
  readonly shelf: Shelf;
  readonly key: string;
  /** There was no room for it. */
  readonly onDrop: (dropped: OwnCommand) => void;
}

/** Commands on their way to the log, in the order in which they were given; on the shelf until the log has them. */
export class WaitingCommands {
  readonly #options: WaitingCommandsOptions;
  #all: readonly OwnCommand[];

  constructor(options: WaitingCommandsOptions) {
    this.#options = options;
    this.#all = read(options.shelf.getItem(options.key));
  }

  get all(): readonly OwnCommand[] {
    return this.#all;
  }

  /** Those that the log may not have yet. */
  get unsent(): readonly OwnCommand[] {
    return this.#all.filter(({ seq }) => seq === undefined);
  }

  add(command: OwnCommand): void {
    this.#keep([...this.#all, command]);
  }

  /** The log has it, at a sequence. */
  settle(cmdId: string, seq: number): void {
    this.#keep(this.#all.map((one) => (one.command.cmdId === cmdId ? { ...one, seq } : one)));
  }

  /** What a state has in it that was told: everything up to its sequence, and the command that it came from. */
  forget(told: { readonly seq: number; readonly cmdId?: string }): void {
    const left = this.#all.filter(
      ({ seq, command }) => !(seq !== undefined && seq <= told.seq) && command.cmdId !== told.cmdId,
    );
    if (left.length < this.#all.length) this.#keep(left);
  }

  drop(cmdId: string): void {
    this.#keep(this.#all.filter(({ command }) => command.cmdId !== cmdId));
  }

  #keep(all: readonly OwnCommand[]): void {
    const { shelf, key, onDrop } = this.#options;
    const dropped = all.slice(0, Math.max(0, all.length - MOST_WAITING));
    this.#all = all.slice(dropped.length);
    for (const one of dropped) onDrop(one);
    const unsent = this.unsent;
    const written = JSON.stringify(unsent);
    try {
      if (unsent.length === 0) shelf.removeItem(key);
      // What is too long for the shelf waits here all the same; a reload forgets it.
      else if (written.length <= MOST_CHARACTERS) shelf.setItem(key, written);
    } catch {
      // A full storage costs what a reload would have found.
    }
  }
}

/** None for what another release may have written. */
function read(stored: string | null): readonly OwnCommand[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(found) && found.every(isWaiting) ? found : [];
  } catch {
    return [];
  }
}

function isWaiting(value: unknown): value is OwnCommand {
  const { command, by, atMs } = (value ?? {}) as Partial<OwnCommand>;
  return typeof command?.cmdId === 'string' && typeof by === 'string' && typeof atMs === 'number';
}
