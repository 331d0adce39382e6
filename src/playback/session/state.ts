import type { RefusalReason } from './outcome.ts';

/** Of the shape below, as it lies in snapshots. A change of it comes with a step in `migrate.ts`. */
export const STATE_VERSION = 1;

/** A place in the queue; one track may stand in it more than once. */
export interface QueueItem {
  /** `cmdId-index` of the command that brought it: whoever folds that command gives it the same. */
  readonly itemId: string;
  readonly trackId: string;
  /** As the catalogue has it, until an output has measured it; may be a fraction. */
  readonly durationMs: number;
}

export type RepeatMode = 'off' | 'all' | 'one';

export interface Queue {
  /** Rises by one with each change of the items or of their order. */
  readonly version: number;
  readonly items: readonly QueueItem[];
  /** What the main deck plays; -1 without items. */
  readonly currentIndex: number;
  readonly repeat: RepeatMode;
  /** The ids in the order to go back to, while the queue is shuffled. */
  readonly unshuffled?: readonly string[];
}

/** Where a deck is at a moment. Where it is later follows: `positionMs + (t - atMs) * rate` while it plays. */
export interface Motion {
  readonly positionMs: number;
  /** In log time. Lies ahead of now where a start is scheduled: until then the deck stands at `positionMs`. */
  readonly atMs: number;
  readonly playing: boolean;
  readonly rate: number;
}

/** A deck beside the main one: rain under the piano. */
export interface SideDeck {
  readonly deckId: string;
  readonly item: QueueItem;
  readonly motion: Motion;
  /** 0 to 1, perceived loudness. */
  readonly gain: number;
  readonly loop: boolean;
}

export type OutputKind = 'page' | 'speaker' | 'subsonic';

/** Something that makes the session heard, from `fromMs` until `untilMs`. */
export interface Output {
  /** Of the page, process or player that makes the sound: one device may have several. */
  readonly outputId: string;
  readonly name: string;
  readonly kind: OutputKind;
  /** The log's sequence at which it joined. What an earlier stay of it sends is refused. */
  readonly epoch: number;
  /** 0 to 1, perceived loudness. */
  readonly volume: number;
  readonly muted: boolean;
  /** What its listener added by hand: positive for an output that is heard too late. */
  readonly delayMs: number;
  /** How far ahead it has to know of a start. */
  readonly leadMs: number;
  readonly fromMs: number;
  /** After a hand-over: another one goes on from here. */
  readonly untilMs?: number;
}

export type Sleep =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'item-end'; readonly itemId: string };

/** Who did what: shown to everyone in the session. */
export interface Deed {
  readonly seq: number;
  readonly atMs: number;
  readonly by: string;
  readonly type: string;
  readonly trackId?: string;
}

/** Who gave the queue or the main deck the place that it has, and when. */
export interface Changed {
  readonly by: string;
  /** As it was stamped, which is near the time of day; on no time line, so that a change of clocks does not move it. */
  readonly atMs: number;
}

/** The commands of one page, process or player that the log has seen: what tells a second copy apart. */
export interface SeenInstance {
  readonly instanceId: string;
  /** Number of its newest command; none up to it is applied again. */
  readonly lastNumber: number;
  /** Its newest refusals, for who did not hear of them. */
  readonly refusals: readonly { readonly number: number; readonly reason: RefusalReason }[];
  readonly seq: number;
}

/** All of a playback session. Folded from its log alone: equal records give equal states, byte by byte. */
export interface PlaybackState {
  readonly version: typeof STATE_VERSION;
  readonly name: string;
  /** Of the last record that was folded; 0 before the first. */
  readonly seq: number;
  /** Log time of the last record; never falls on one clock. */
  readonly atMs: number;
  /** The time line that every time in here is on. */
  readonly clockId: string;
  /** Sequence of the record that began that time line. */
  readonly clockSeq: number;
  readonly queue: Queue;
  readonly main: Motion;
  /** Sequence of the last command that moved the main deck. */
  readonly mainSeq: number;
  readonly decks: readonly SideDeck[];
  readonly outputs: readonly Output[];
  readonly crossfadeMs: number;
  readonly sleep?: Sleep;
  readonly deeds: readonly Deed[];
  readonly changed?: Changed;
  readonly seen: readonly SeenInstance[];
}

const STILL: Motion = { positionMs: 0, atMs: 0, playing: false, rate: 1 };

export function emptyState(name: string): PlaybackState {
  return {
    version: STATE_VERSION,
    name,
    seq: 0,
    atMs: 0,
    clockId: '',
    clockSeq: 0,
    queue: { version: 0, items: [], currentIndex: -1, repeat: 'off' },
    main: STILL,
    mainSeq: 0,
    decks: [],
    outputs: [],
    crossfadeMs: 0,
    deeds: [],
    seen: [],
  };
}

export function currentItem({ items, currentIndex }: Queue): QueueItem | undefined {
  return items[currentIndex];
}
