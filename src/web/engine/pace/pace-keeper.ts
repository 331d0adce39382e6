import { PaceLoop } from '../../../playback/pace/index.ts';
import type { Deck, DeckMotion } from '../deck.ts';
import type { Pacer, PlacedPart } from '../pacer.ts';
import type { Part } from '../part.ts';
import type { Pace, PaceError } from '../port.ts';
import { HeardClock, middle, type OutputReading } from './heard-clock.ts';
import { goTo, isGivenUp, type PacedParts, sequenceOf, want } from './paced-engine.ts';
import { aheadMs, type Place, placeAt, type Sequence } from './place.ts';

/** Time between two measurements. Decks tell ten times a second of themselves. */
const MEASURE_MS = 95;
/** A start waits for so many timestamps, but not for longer than this. */
const ENOUGH_POINTS = 4;
const LONGEST_WAIT_MS = 600;
/** Where music stands, it stands there to the millisecond. */
const STANDING_MS = 1;
/** Sound that is about to stop is waited for, unless it is somewhere else altogether. */
const ELSEWHERE_MS = 1_000;
/** Behind by more, it is sought instead of decoded past. */
const MOST_BEHIND_MS = 2_000;
/** Ahead by more than what a search aims ahead, and this, it would be silent for too long. */
const MOST_AHEAD_MS = 400;
/** Measurements of which the middle one counts. */
const OBSERVED = 5;
/** How far ahead of the pace a search aims, so that it is decoded by then; twice as far each time that it was not. */
const LEAD_MS = 250;
const MOST_LEAD_MS = 4_000;

/**
 * Keeps an engine to a pace. What is measured is the frame that is rendered now against the moment at which it will be heard:
 * no latency lies between a correction and its effect. Starts, skips and what broke off begin on the pace's line, which the
 * audio thread knows; while it sounds, small errors are corrected by rate and great ones by a leap.
 */
export class PaceKeeper implements Pacer {
  pace: Pace;
  error: PaceError | undefined;
  readonly #parts: PacedParts;
  readonly #sequence: Sequence;
  readonly #clocks = new WeakMap<AudioContext, HeardClock>();
  readonly #loop = new PaceLoop();
  #measuredMs = Number.NEGATIVE_INFINITY;
  /** Until when nothing was known of when a context is heard. */
  #unknownMs = 0;
  #leadMs = LEAD_MS;
  #motion: DeckMotion | undefined;
  /** Of a deck that plays by itself, how far it was ahead. */
  #observed: readonly number[] = [];
  /** What `#motion` is for. */
  #for: { readonly deck: Deck; readonly part: Part; readonly pace: Pace } | undefined;

  constructor(pace: Pace, parts: PacedParts) {
    this.pace = pace;
    this.#parts = parts;
    this.#sequence = sequenceOf(parts);
  }

  keep(): void {
    if (this.pace.free) return;
    const part = this.#parts.player.current;
    const soonMs = this.#soonMs(part);
    const { playing, atMs, untilMs = Number.POSITIVE_INFINITY } = this.pace;
    const plays = playing && soonMs < untilMs;
    const place = placeAt(this.pace, Math.min(soonMs, untilMs), this.#sequence);
    if (!place || isGivenUp(this.#parts, place.item)) return;
    const heard = part && { item: part.item, positionMs: positionOf(part) };
    const ahead = heard && aheadMs(heard, place, this.#sequence);
    if (!plays || soonMs < atMs) this.#stand(part, place, ahead);
    else if (ahead === undefined) this.#seek();
    else if (ahead < -MOST_BEHIND_MS) {
      this.#leadMs = Math.min(MOST_LEAD_MS, 2 * this.#leadMs);
      this.#seek();
    } else if (ahead > this.#leadMs + MOST_AHEAD_MS) this.#seek();
    want(this.#parts, plays);
  }

  /** At rest, or until a start that lies ahead. */
  #stand(part: Part | undefined, place: Place, ahead: number | undefined): void {
    if (ahead !== undefined && part?.item.itemId === place.item.itemId) {
      if (Math.abs(ahead) <= STANDING_MS) return;
      if (part.deck?.isSounding && Math.abs(ahead) < ELSEWHERE_MS) return;
    }
    goTo(this.#parts, place);
  }

  /** To where the pace will be once it is decoded: the audio thread waits for that moment, or leaves out what has passed. */
  #seek(): void {
    const place = placeAt(this.pace, performance.now() + this.#leadMs, this.#sequence);
    if (place) goTo(this.#parts, place);
  }

  /** When what is rendered now is heard. */
  #soonMs(part: Part | undefined): number {
    const nowMs = performance.now();
    const context = part?.deck?.at.context;
    const clock = context && this.#clocks.get(context);
    return clock && clock.points > 0 ? Math.max(nowMs, clock.heardMs(context.currentTime * 1000)) : nowMs;
  }

  motion(part: PlacedPart): DeckMotion | undefined {
    const { deck } = part;
    const nowMs = performance.now();
    const clock = this.#listen(deck.at.context, nowMs);
    const isSame = this.#for?.deck === deck && this.#for.part === part && this.#for.pace === this.pace;
    if (isSame && nowMs - this.#measuredMs < MEASURE_MS) return this.#motion;
    if (this.#for?.deck !== deck || this.pace.free) this.#loop.reset();
    this.#for = { deck, part, pace: this.pace };
    this.#measuredMs = nowMs;
    this.error = undefined;
    if (this.pace.free) this.#motion = this.#observe(part, clock);
    else if (this.pace.playing) this.#motion = this.#follow(part, clock);
    else this.#motion = { playing: false, rate: this.pace.rate };
    return this.#motion;
  }

  /** Asks a context when it is heard. */
  #listen(context: AudioContext, nowMs: number): HeardClock {
    const clock = this.#clocks.get(context) ?? new HeardClock(this.pace.latencyMs);
    this.#clocks.set(context, clock);
    if (context.state !== 'running') clock.reset();
    else clock.add(readingOf(context, nowMs));
    if (clock.points === 0) this.#unknownMs = nowMs;
    return clock;
  }

  #observe(part: PlacedPart, clock: HeardClock): undefined {
    const { deck } = part;
    const { playedFrame, contextFrame } = momentOf(deck);
    const heardMs = clock.heardMs((contextFrame * 1000) / deck.at.context.sampleRate);
    const place = placeAt(this.pace, heardMs, this.#sequence);
    const heard = { item: part.item, positionMs: positionOf(part, playedFrame) };
    const ahead =
      place && clock.points > 0 && deck.isSounding ? aheadMs(heard, place, this.#sequence) : undefined;
    this.#observed = ahead === undefined ? [] : [...this.#observed, ahead].slice(-OBSERVED);
    if (this.#observed.length === OBSERVED) this.error = this.#errorOf(middle(this.#observed), clock);
  }

  #errorOf(errorMs: number, clock: HeardClock): PaceError {
    const uncertaintyMs = this.pace.uncertaintyMs + clock.uncertaintyMs;
    return { errorMs, uncertaintyMs, latencyMs: clock.latencyMs };
  }

  #follow(part: PlacedPart, clock: HeardClock): DeckMotion {
    const { deck } = part;
    const { isSounding } = deck;
    const { pace } = this;
    const isKnown = clock.points >= ENOUGH_POINTS || this.#measuredMs - this.#unknownMs > LONGEST_WAIT_MS;
    if (!isKnown) return { playing: isSounding, rate: pace.rate };
    const { playedFrame, contextFrame } = momentOf(deck);
    const frameMs = 1000 / deck.at.context.sampleRate;
    const heardMs = Math.max(clock.heardMs(contextFrame * frameMs), pace.atMs);
    const isAhead = heardMs === pace.atMs;
    const place = placeAt(pace, heardMs, this.#sequence);
    // Everything is over, or will be.
    if (!place) return { playing: true, rate: pace.rate };
    const heard = { item: part.item, positionMs: positionOf(part, playedFrame) };
    const ahead = aheadMs(heard, place, this.#sequence);
    if (ahead === undefined) return { playing: false, rate: pace.rate };
    const drift = pace.clockRate * (1 + clock.drift) - 1;
    const atFrame = isAhead ? Math.round(clock.contextMs(heardMs) / frameMs) : contextFrame;
    const lineFrame = playedFrame - (ahead / 1000) * deck.sampleRateHz;
    const untilFrame = pace.untilMs && Math.round(clock.contextMs(pace.untilMs) / frameMs);
    const line = { playing: true, atFrame, lineFrame, untilFrame };
    if (isAhead || !isSounding) {
      this.#loop.reset();
      return { ...line, rate: pace.rate * (1 + drift), anew: isSounding };
    }
    this.#leadMs = LEAD_MS;
    const correction = this.#loop.next(heardMs, ahead, drift, clock.uncertaintyMs);
    this.error = this.#errorOf(this.#loop.errorMs, clock);
    return correction.kind === 'leap'
      ? { ...line, rate: pace.rate * (1 + drift), anew: true }
      : { ...line, rate: pace.rate * correction.factor };
  }
}

function readingOf(context: AudioContext, nowMs: number): OutputReading {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
  return {
    nowMs,
    currentMs: context.currentTime * 1000,
    latencyMs: (context.outputLatency || context.baseLatency || 0) * 1000,
    contextMs: contextTime * 1000,
    performanceMs: performanceTime,
  };
}

/** A deck that is silent stands where it is, whenever it said so. */
function momentOf(deck: Deck) {
  const { context } = deck.at;
  const moment = deck.moment();
  const nowFrame = Math.round(context.currentTime * context.sampleRate);
  return deck.isSounding ? moment : { ...moment, contextFrame: Math.max(moment.contextFrame, nowFrame) };
}

/** Of the frame that is rendered next. */
function positionOf({ startMs, feed, deck, startFrame }: Part, playedFrame = deck?.playedFrame): number {
  if (!feed.table || playedFrame === undefined) return startMs;
  return ((feed.startSample + playedFrame - startFrame) / feed.table.sampleRateHz) * 1000;
}
