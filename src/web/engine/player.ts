import { DeckPool, fits } from './deck-pool.ts';
import type { Pacer, PlacedPart } from './pacer.ts';
import {
  closePart,
  endFrameOf,
  fill,
  hereMs,
  isFetched,
  isGivenUp,
  isWritten,
  openPart,
  type Part,
  type PartEvents,
  positionOf,
  reopenPart,
  segmentOf,
} from './part.ts';
import type { EngineFault, EngineItem, EngineSettings, TrackSource } from './port.ts';
import type { RateContexts } from './rate-context.ts';
import { startFrameOf } from './start-time.ts';
import { fadeSeconds } from './timeline.ts';

/** Music that is to be here, decoded or not, ahead of what a deck already holds. */
const LOOK_AHEAD_SECONDS = 40;
/** Of the item that follows, while the current one is still being fetched. */
const PREFETCH_SECONDS = 3;
/** What must be here of the current item before the one that follows is opened. */
const PREFETCH_AFTER_MS = 3_000;
/** Short items that follow each other may all lie on one deck. */
const MOST_PARTS = 6;

export interface PlayerPort {
  readonly source: TrackSource;
  readonly contexts: RateContexts;
  settings(): EngineSettings;
  /** What comes by itself after an item. */
  follower(item: EngineItem): EngineItem | undefined;
  /** Another item sounds now. */
  onAdvance(item: EngineItem): void;
  onEnd(): void;
  /** The current item cannot be played. */
  onGiveUp(fault: EngineFault): void;
  onFault(fault: EngineFault | undefined): void;
  onChange(): void;
}

/**
 * What sounds and what follows. `#parts` begins with the current one; each lies behind the former on its deck, or on
 * another deck where both sound together or differ in rate or channels. `#leaving` are those that fade out.
 */
export class Player {
  /** Undefined where it plays by itself. */
  pacer: Pacer | undefined;
  readonly #port: PlayerPort;
  readonly #pool: DeckPool;
  readonly #events: PartEvents;
  #parts: Part[] = [];
  #leaving: Part[] = [];
  #isPumping = false;
  #isPumpAsked = false;
  #wanted = false;
  #restMs = 0;

  constructor(port: PlayerPort) {
    this.#port = port;
    this.#pool = new DeckPool(port.contexts, () => this.pump());
    this.#events = { onFault: (fault) => port.onFault(fault), onProgress: () => this.pump() };
  }

  get current(): Part | undefined {
    return this.#parts[0];
  }

  get isSounding(): boolean {
    return this.current?.deck?.isSounding ?? false;
  }

  get underruns(): number {
    return this.#pool.underruns;
  }

  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    this.pump();
  }

  /** Drops everything, and begins an item. */
  start(item: EngineItem | undefined, positionMs = 0): void {
    this.#restMs = positionMs;
    const kept = this.current?.item.itemId === item?.itemId ? this.current : undefined;
    this.#drop(kept ? this.#parts.slice(1) : this.#parts);
    this.#dropLeaving();
    if (kept) this.seek(positionMs);
    else this.#parts = item ? [openPart(this.#port.source, item, positionMs, this.#events)] : [];
    this.pump();
  }

  /** Lets go of everything, and stays where it was. */
  rest(): void {
    this.#restMs = this.positionMs();
    this.#drop(this.#parts);
    this.#dropLeaving();
  }

  /** Begins again where it rested. */
  wake(item: EngineItem | undefined): void {
    if (!this.current && item) this.start(item, this.#restMs);
  }

  seek(positionMs: number): void {
    const part = this.current;
    this.#restMs = positionMs;
    if (!part) return;
    this.#dropLeaving();
    if (!this.#skipInRing(part, positionMs)) {
      const placed = this.#parts.slice(1).filter(({ deck }) => deck);
      this.#drop(placed);
      this.#release(part);
      const followers = this.#parts.slice(1).filter((follower) => !placed.includes(follower));
      this.#parts = [reopenPart(part, positionMs, this.#events), ...followers];
    }
    this.pump();
  }

  /** What lies in the ring already needs nobody. */
  #skipInRing(part: Part, positionMs: number): boolean {
    const { deck, feed, startFrame } = part;
    if (!deck || !feed.table) return false;
    const sample = Math.round((positionMs / 1000) * feed.table.sampleRateHz);
    const frame = startFrame + sample - feed.startSample;
    if (frame < deck.playedFrame || frame >= Math.min(deck.writtenFrame, endFrameOf(part))) return false;
    deck.skipTo(frame);
    return true;
  }

  /** Goes on to an item: at once where it is the one that was fetched ahead. */
  skipTo(item: EngineItem): void {
    const [current, next] = this.#parts;
    if (!current || next?.item.itemId !== item.itemId || next.feed.fault) {
      this.start(item);
      return;
    }
    this.#dropLeaving();
    if (next.deck && next.deck === current.deck) next.deck.skipTo(next.startFrame);
    else this.#release(current);
    next.fadeInFrames = 0;
    closePart(current);
    this.#parts.shift();
    this.pump();
  }

  /** Lets go of what no longer follows: the queue, the repeat mode or the crossfade has changed. */
  revise(): void {
    for (let i = 1; i < this.#parts.length; i++) {
      const [before, part] = [this.#parts[i - 1], this.#parts[i]];
      if (!before || !part) return;
      const follows = this.#port.follower(before.item)?.itemId === part.item.itemId;
      const fade = part.deck ? this.#fadeSeconds(before, part) : 0;
      const isAsPlaced =
        !part.deck || (part.deck !== before.deck) === (fade > 0 || !this.#joins(before, part));
      if (follows && isAsPlaced) continue;
      if (part.deck === before.deck && part.deck && !part.deck.cut(part.startFrame)) return;
      this.#drop(this.#parts.slice(i));
      before.fadeOutFrames = 0;
      break;
    }
    this.pump();
  }

  positionMs(): number {
    const part = this.current;
    if (!part) return this.#restMs;
    const { deck } = part;
    if (!deck) return part.startMs;
    const { context } = deck.at;
    const latency = deck.isSounding ? context.outputLatency || context.baseLatency || 0 : 0;
    const rate = this.#port.settings().rate;
    return positionOf(part, deck.playedFrame - latency * rate * deck.sampleRateHz);
  }

  bufferedMs(): number {
    return this.current ? hereMs(this.current, this.positionMs()) : 0;
  }

  /** Does whatever is due: called whenever anything has moved. */
  pump(): void {
    this.#isPumpAsked = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isPumpAsked) {
        this.#isPumpAsked = false;
        this.#step();
      }
    } finally {
      this.#isPumping = false;
    }
    this.#port.onChange();
  }

  close(): void {
    this.#drop(this.#parts);
    this.#dropLeaving();
    this.#pool.close();
  }

  #step(): void {
    this.#advance();
    this.pacer?.keep();
    const current = this.current;
    if (current?.feed.fault && isGivenUp(current)) {
      this.#port.onGiveUp(current.feed.fault);
      return;
    }
    for (const part of this.#leaving) fill(part);
    for (const [i, part] of this.#parts.entries()) {
      if (isGivenUp(part) || !(part.deck ?? this.#place(part, this.#parts[i - 1]))) break;
      fill(part);
    }
    this.#prefetch();
    this.#tellDecks();
  }

  /** Items that are over, or that the next has begun to sound beside. */
  #advance(): void {
    this.#leaving = this.#leaving.filter((part) => {
      if ((part.deck?.playedFrame ?? 0) < endFrameOf(part) && part.deck) return true;
      this.#release(part);
      closePart(part);
      return false;
    });
    for (;;) {
      const [current, next] = this.#parts;
      if (!current?.deck) return;
      const isOver = isWritten(current) && current.deck.playedFrame >= endFrameOf(current);
      const isBeside = next?.deck && next.deck !== current.deck && next.deck.playedFrame > next.startFrame;
      if (!isOver && !isBeside) return;
      if (!next && this.#port.follower(current.item)) return;
      this.#parts.shift();
      if (isBeside && !isOver) this.#leaving.push(current);
      else {
        if (next?.deck !== current.deck) this.#release(current);
        closePart(current);
      }
      if (!next) this.#port.onEnd();
      else {
        // What failed when it was fetched ahead may be had by now.
        if (isGivenUp(next)) {
          this.#drop([next]);
          this.#parts.unshift(openPart(this.#port.source, next.item, 0, this.#events));
        }
        this.#port.onAdvance(next.item);
      }
    }
  }

  #joins(before: Part, { feed }: Part): boolean {
    const { deck } = before;
    return (
      deck !== undefined && feed.table !== undefined && fits(deck, feed.table.sampleRateHz, feed.channelCount)
    );
  }

  #fadeSeconds(before: Part, part: Part): number {
    return this.fadeSeconds(before.item, part.item);
  }

  /** How long two items sound together that follow each other. */
  fadeSeconds(before: EngineItem, item: EngineItem): number {
    return fadeSeconds(this.#port.settings().crossfadeMs, before.durationMs, item.durationMs);
  }

  /** Gives a part its deck, as soon as that can be known. */
  #place(part: Part, before: Part | undefined): boolean {
    const { table, channelCount } = part.feed;
    if (!table) return false;
    const seconds = before ? this.#fadeSeconds(before, part) : 0;
    if (before && seconds === 0 && this.#joins(before, part)) {
      if (!isWritten(before)) return false;
      part.deck = before.deck;
    } else {
      if (before && before !== this.current) return false;
      part.deck = this.#pool.acquire(table.sampleRateHz, channelCount);
      part.deck.skipTo(part.deck.writtenFrame);
    }
    part.startFrame = part.deck?.writtenFrame ?? 0;
    part.fadeInFrames = Math.round(seconds * table.sampleRateHz);
    if (before) before.fadeOutFrames = Math.round(seconds * (before.deck?.sampleRateHz ?? 0));
    return true;
  }

  #prefetch(): void {
    const last = this.#parts.at(-1);
    if (!last) return;
    const isReady = isFetched(last) || (last === this.current && this.bufferedMs() > PREFETCH_AFTER_MS);
    const mayFollow = this.#parts.length < (isWritten(last) ? MOST_PARTS : 2);
    const item = isReady && mayFollow ? this.#port.follower(last.item) : undefined;
    if (item) this.#parts.push(openPart(this.#port.source, item, 0, this.#events));
    let isNear = true;
    for (const part of this.#parts) {
      // A seek asks for what it needs, and for more when it has sounded.
      if (part.feed.madeFrames > 0 || part !== this.current)
        part.reader.lookAhead(part.feed.nextPacket, isNear ? LOOK_AHEAD_SECONDS : PREFETCH_SECONDS);
      isNear &&= isFetched(part);
    }
  }

  #tellDecks(): void {
    const settings = this.#port.settings();
    const [current, ...followers] = this.#parts;
    const all = [...this.#leaving, ...this.#parts];
    const paced = current?.deck && this.pacer?.motion(current as PlacedPart);
    const rate = paced?.rate ?? settings.rate;
    for (const deck of this.#pool.used) {
      const parts = all.filter((part) => part.deck === deck);
      const last = parts.at(-1);
      const after = last && this.#parts[this.#parts.indexOf(last) + 1];
      const mayFollow = last !== undefined && !this.#leaving.includes(last) && this.#port.follower(last.item);
      const final =
        !mayFollow ||
        last.feed.fault !== undefined ||
        after?.feed.fault !== undefined ||
        (after?.deck !== undefined && after.deck !== deck);
      deck.setTimeline({ segments: parts.map((part) => segmentOf(part, settings)), final });
      const isHeard = deck === current?.deck || this.#leaving.some((part) => part.deck === deck);
      const motion = deck === current?.deck ? paced : undefined;
      if (isHeard) deck.setMotion({ rate, ...motion, playing: this.#wanted && motion?.playing !== false });
    }
    const beside = followers.find(({ deck }) => deck && deck !== current?.deck);
    if (beside?.deck && current?.deck) {
      const trigger = endFrameOf(current) - current.fadeOutFrames;
      const atFrame = this.#wanted ? startFrameOf(current.deck, beside.deck, trigger, rate) : undefined;
      beside.deck.setMotion({ playing: atFrame !== undefined, rate, atFrame });
    }
    if (!this.#wanted) return;
    for (const { deck } of all)
      if (deck && deck.at.context.state !== 'running') void deck.at.context.resume().catch(() => undefined);
  }

  #release({ deck }: Part): void {
    if (deck) this.#pool.release(deck);
  }

  #drop(parts: readonly Part[]): void {
    this.#parts = this.#parts.filter((part) => !parts.includes(part));
    for (const part of parts) {
      if (![...this.#parts, ...this.#leaving].some(({ deck }) => deck === part.deck)) this.#release(part);
      closePart(part);
    }
  }

  #dropLeaving(): void {
    const leaving = this.#leaving;
    this.#leaving = [];
    this.#drop(leaving);
  }
}
