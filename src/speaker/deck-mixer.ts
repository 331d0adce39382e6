import { PaceLoop } from '../playback/pace/index.ts';
import {
  advance,
  type Output,
  positionAt,
  type QueueItem,
  type SideDeck,
} from '../playback/session/index.ts';
import type { Moment } from './moment.ts';
import type { Voice } from './voice.ts';

const CORRECT_MS = 100;
/** Where music stands, it stands there to the millisecond. */
const STANDING_MS = 1;
/** What begins anew by itself is decoded once so little is left. */
const PREPARE_MS = 10_000;

export interface DeckMixerOptions {
  readonly open: (item: QueueItem, positionMs: number) => Voice;
}

interface DeckPart {
  readonly item: QueueItem;
  readonly loop: PaceLoop;
  voice: Voice;
  /** From the beginning, where it begins anew. */
  again: Voice | undefined;
  isSounding: boolean;
  step: number;
  correctedMs: number;
}

/** Decks beside the main one, each in step by itself: rain under the piano. */
export class DeckMixer {
  readonly #options: DeckMixerOptions;
  readonly #parts = new Map<string, DeckPart>();

  constructor(options: DeckMixerOptions) {
    this.#options = options;
  }

  get trackIds(): readonly string[] {
    return Array.from(this.#parts.values(), ({ item }) => item.trackId);
  }

  /** Adds what they are at to `out`. */
  mix(out: Float32Array, frames: number, moment: Moment): void {
    const { state, own, logMs } = moment;
    const isOut = logMs < own.fromMs || (own.untilMs !== undefined && own.untilMs <= logMs);
    const decks = isOut || state.decks.length === 0 ? [] : advance(state, logMs).decks;
    for (const [deckId, part] of this.#parts) {
      if (decks.some((deck) => deck.deckId === deckId && deck.item.itemId === part.item.itemId)) continue;
      fadeOut(part, out, frames);
      part.voice.dispose();
      part.again?.dispose();
      this.#parts.delete(deckId);
    }
    for (const deck of decks) {
      let part = this.#parts.get(deck.deckId);
      // What stands still needs nothing before it plays.
      if (!part && !deck.motion.playing) continue;
      part ??= this.#newPart(deck.item, positionAt(deck.motion, logMs));
      this.#parts.set(deck.deckId, part);
      this.#mixDeck(part, deck, out, frames, moment);
    }
  }

  silence(out: Float32Array, frames: number): void {
    for (const part of this.#parts.values()) fadeOut(part, out, frames);
  }

  clear(): void {
    for (const { voice, again } of this.#parts.values()) {
      voice.dispose();
      again?.dispose();
    }
    this.#parts.clear();
  }

  #newPart(item: QueueItem, positionMs: number): DeckPart {
    const voice = this.#options.open(item, positionMs);
    const loop = new PaceLoop();
    return { item, loop, voice, again: undefined, isSounding: false, step: 1, correctedMs: 0 };
  }

  #mixDeck(part: DeckPart, deck: SideDeck, out: Float32Array, frames: number, moment: Moment): void {
    const { motion, item } = deck;
    const wantedMs = positionAt(motion, moment.logMs);
    const awayMs = part.voice.positionMs - wantedMs;
    // Round the end, the shorter way.
    const aheadMs = deck.loop ? awayMs - Math.round(awayMs / item.durationMs) * item.durationMs : awayMs;
    if (!motion.playing || motion.atMs > moment.logMs) {
      fadeOut(part, out, frames);
      if (Math.abs(aheadMs) > STANDING_MS) this.#goTo(part, wantedMs);
      return;
    }
    const rate = motion.rate * (1 + moment.drift);
    if (part.isSounding && moment.localMs - part.correctedMs >= CORRECT_MS) {
      part.correctedMs = moment.localMs;
      const correction = part.loop.next(moment.localMs, aheadMs / motion.rate, moment.drift, moment.doubtMs);
      if (correction.kind === 'leap') fadeOut(part, out, frames);
      else part.step = motion.rate * correction.factor;
      if (!part.isSounding) return;
    }
    if (!part.isSounding) {
      if (!part.voice.canReach(wantedMs)) this.#goTo(part, wantedMs);
      if (!part.voice.isReadyAt(wantedMs)) return;
      part.voice.moveTo(wantedMs);
      part.isSounding = true;
      part.step = rate;
      part.loop.reset();
    }
    this.#prepare(part, deck);
    this.#sound(part, out, frames, gainOf(deck, moment.own));
  }

  #sound(part: DeckPart, out: Float32Array, frames: number, gain: number): void {
    let at = 0;
    while (at < frames) {
      at += part.voice.read(out, at, frames - at, { step: part.step, gain, sounds: true });
      if (at >= frames) return;
      const { again } = part;
      if (!part.voice.isOver || !again?.isReadyAt(0)) {
        part.isSounding = false;
        return;
      }
      part.voice.dispose();
      part.voice = again;
      part.again = undefined;
      again.beginLoud();
    }
  }

  #prepare(part: DeckPart, { loop, item }: SideDeck): void {
    if (loop && item.durationMs - part.voice.positionMs < PREPARE_MS)
      part.again ??= this.#options.open(item, 0);
  }

  #goTo(part: DeckPart, positionMs: number): void {
    if (part.voice.isReadyAt(positionMs)) {
      part.voice.moveTo(positionMs);
      return;
    }
    part.voice.dispose();
    const { again } = part;
    part.again = undefined;
    if (again?.canReach(positionMs)) part.voice = again;
    else {
      again?.dispose();
      part.voice = this.#options.open(part.item, positionMs);
    }
  }
}

function fadeOut(part: DeckPart, out: Float32Array, frames: number): void {
  if (part.isSounding) part.voice.read(out, 0, frames, { step: part.step, sounds: false });
  part.isSounding = false;
}

/** Loudness as people hear it, of both together. */
function gainOf({ gain }: SideDeck, { volume, muted }: Output): number {
  return muted ? 0 : (gain * volume) ** 3;
}
