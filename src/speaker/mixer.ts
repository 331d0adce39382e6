import { PaceLoop } from '../playback/pace/index.ts';
import type { Output, QueueItem } from '../playback/session/index.ts';
import { DeckMixer } from './deck-mixer.ts';
import type { Moment } from './moment.ts';
import { aheadMs, type Heard, type Place, placeAt } from './place.ts';
import type { Track, Tracks } from './port.ts';
import { Voice } from './voice.ts';

/** Time between two corrections. */
const CORRECT_MS = 100;
/** Where music stands, it stands there to the millisecond. */
const STANDING_MS = 1;
/** A move to another place is one that is further away than this. */
const MOVED_MS = 30;
/** The next item is fetched and decoded once so little of this one is left. */
const PREPARE_MS = 45_000;
/** Items whose faults are remembered, so that each is told once. */
const MOST_FAULTY = 64;
/** In which what broke off fades out: enough for any device's rate. */
const FADE_FRAMES = 128;

interface Part {
  readonly item: QueueItem;
  readonly voice: Voice;
  follower: QueueItem | undefined;
  fadeMs: number;
  /** Of the move that brought it here. */
  mainSeq: number;
  hasSounded: boolean;
  /** It begins beside the one before, in so long. */
  fadesInMs: number;
}

export interface MixerOptions {
  readonly tracks: Tracks;
  readonly onFault: (item: QueueItem, error: unknown) => void;
  /** Begun, or gone on with, or broken off for want of sound. */
  readonly onSound: (item: QueueItem, what: 'begins' | 'waits') => void;
}

/** Makes of a session's state what a device is to put out, frame by frame, and keeps it in step. */
export class Mixer {
  readonly #options: MixerOptions;
  readonly #tracks = new Map<string, Track>();
  readonly #loop = new PaceLoop();
  readonly #decks: DeckMixer;
  #current: Part | undefined;
  #next: Part | undefined;
  #leaving: Part[] = [];
  #isSounding = false;
  #step = 1;
  #correctedMs = Number.NEGATIVE_INFINITY;
  #lateMs = 0;
  #underruns = 0;
  /** What was given up: the fault was told. */
  readonly #faulty = new Set<string>();

  constructor(options: MixerOptions) {
    this.#options = options;
    this.#decks = new DeckMixer({ open: (item, positionMs) => this.#openVoice(item, positionMs) });
  }

  /** How far what is put out is ahead of where it should be; undefined in silence. */
  get errorMs(): number | undefined {
    return this.#isSounding ? this.#loop.errorMs : undefined;
  }

  get bufferedMs(): number {
    return this.#current?.voice.bufferedMs ?? 0;
  }

  get underruns(): number {
    return this.#underruns;
  }

  /** By how much later than asked for a lone output has begun since this was asked last. */
  takeLateMs(): number {
    const lateMs = this.#lateMs;
    this.#lateMs = 0;
    return lateMs;
  }

  /** Fills `out`, interleaved, with what is to be heard. Without a moment it is silent, and keeps what it has. */
  render(out: Float32Array, moment?: Moment): void {
    out.fill(0);
    const frames = out.length / 2;
    if (moment) {
      this.#mix(out, frames, moment);
      this.#decks.mix(out, frames, moment);
    } else {
      this.#silence(out, frames);
      this.#decks.silence(out, frames);
    }
    this.#mixLeaving(out, frames, moment);
    this.#letTracksGo();
  }

  #mix(out: Float32Array, frames: number, moment: Moment): void {
    const place = placeAt(moment.state, Math.max(moment.logMs, startOf(moment)));
    if (!place) {
      this.#silence(out, frames);
      this.#clearMain();
      return;
    }
    const from = Math.max(0, Math.ceil((startOf(moment) - moment.logMs) / moment.frameLogMs));
    const plays = moment.state.main.playing && place.isPlaying && from < frames && !isLeft(moment);
    if (plays) this.#follow(out, from, frames, place, moment);
    else this.#stand(out, frames, place, moment);
    this.#prepare(place);
  }

  /** Lets go of all that it has. */
  clear(): void {
    this.#clearMain();
    this.#decks.clear();
    this.#letTracksGo();
  }

  #clearMain(): void {
    for (const part of [this.#current, ...this.#leaving]) this.#let(part);
    this.#current = undefined;
    this.#leaving = [];
    this.#isSounding = false;
    this.#prepare(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const tracks = [...this.#tracks.values()];
    this.#tracks.clear();
    this.clear();
    await Promise.all(tracks.map((track) => track[Symbol.asyncDispose]()));
  }

  /** At rest, or until a start that lies ahead: ready to begin there. */
  #stand(out: Float32Array, frames: number, place: Place, { state }: Moment): void {
    this.#silence(out, frames);
    const current = this.#current;
    const isThere =
      current?.item.itemId === place.item.itemId &&
      Math.abs(current.voice.positionMs - place.positionMs) <= STANDING_MS;
    if (!isThere) {
      if (current?.item.itemId === place.item.itemId && current.voice.isReadyAt(place.positionMs))
        current.voice.moveTo(place.positionMs);
      else this.#begin(place, state.mainSeq);
    }
    if (this.#current) this.#current.mainSeq = state.mainSeq;
  }

  #follow(out: Float32Array, from: number, frames: number, place: Place, moment: Moment): void {
    const { state, own, isAlone } = moment;
    const rate = place.rate * (1 + moment.drift);
    let part = this.#partFor(place, moment);
    if (part.item.itemId === place.item.itemId)
      Object.assign(part, { follower: place.follower, fadeMs: place.fadeMs });
    let ahead = aheadMs(heardOf(part), place) ?? 0;
    const isMoved = part.mainSeq !== state.mainSeq && Math.abs(ahead) > MOVED_MS;
    part.mainSeq = state.mainSeq;
    let at = from;
    if (this.#isSounding && isAlone && !isMoved && Math.abs(ahead) > MOVED_MS) {
      this.#lateMs -= ahead / place.rate;
      this.#loop.reset();
    } else if (this.#isSounding) {
      const isLeap = this.#correct(moment, place, ahead);
      if (isLeap || isMoved) {
        at = this.#breakOff(out, from, frames);
        part = this.#partFor(place, moment);
        ahead = aheadMs(heardOf(part), place) ?? 0;
      }
    }
    if (!this.#isSounding) {
      this.#step = rate;
      const sinceMs = (at - from) * moment.frameLogMs * place.rate;
      const wantedMs = place.positionMs + sinceMs;
      const isLate = isAlone && !isMoved && (part.hasSounded || state.mainSeq > own.epoch);
      const beginMs = isLate ? part.voice.positionMs : wantedMs;
      if (part.item.itemId !== place.item.itemId || !part.voice.isReadyAt(beginMs)) return;
      part.voice.moveTo(beginMs);
      if (isLate) this.#lateMs += (wantedMs - beginMs) / place.rate;
      if (beginMs === 0) part.voice.beginLoud();
      this.#isSounding = true;
      this.#loop.reset();
      if (!part.hasSounded) this.#options.onSound(part.item, 'begins');
      part.hasSounded = true;
    }
    this.#sound(out, at, frames, place, own);
  }

  /** What is to sound there: what sounds, what was prepared, or what begins to be fetched. */
  #partFor(place: Place, { state, isAlone }: Moment): Part {
    const current = this.#current;
    if (current) {
      const isSame = current.item.itemId === place.item.itemId;
      const ahead = aheadMs(heardOf(current), place);
      const isFading = !isSame && current.fadeMs > 0 && current.follower?.itemId === place.item.itemId;
      // What has ended, or is silent, is no longer on its way over a border.
      const isOnItsWay = this.#isSounding && !current.voice.isOver;
      if (!isFading && ahead !== undefined && (isSame || isOnItsWay)) {
        const waits = isAlone && !this.#isSounding && current.mainSeq === state.mainSeq;
        if (!isSame || waits || current.voice.canReach(place.positionMs)) return current;
      }
      if (isFading && this.#isSounding) {
        this.#leaving.push(current);
        this.#current = undefined;
      } else if (this.#isSounding) this.#leave();
    }
    const next = this.#next;
    if (next && next.item.itemId === place.item.itemId && next.voice.canReach(place.positionMs)) {
      this.#let(this.#current);
      this.#next = undefined;
      this.#current = { ...next, mainSeq: state.mainSeq, fadesInMs: this.#leaving.at(-1)?.fadeMs ?? 0 };
      this.#isSounding = false;
      return this.#current;
    }
    return this.#begin(place, state.mainSeq);
  }

  #begin(place: Place, mainSeq: number): Part {
    if (this.#isSounding) this.#leave();
    this.#let(this.#current);
    this.#current = this.#open(place.item, place.positionMs, mainSeq);
    return this.#current;
  }

  #open(item: QueueItem, positionMs: number, mainSeq: number): Part {
    const voice = this.#openVoice(item, positionMs);
    return { item, voice, follower: undefined, fadeMs: 0, mainSeq, hasSounded: false, fadesInMs: 0 };
  }

  #openVoice(item: QueueItem, positionMs: number): Voice {
    const { tracks, onFault } = this.#options;
    const track = this.#tracks.get(item.trackId) ?? tracks.open(item.trackId);
    this.#tracks.set(item.trackId, track);
    return new Voice({
      track,
      positionMs,
      rateHz: tracks.rateHz,
      onFault: (error) => {
        if (this.#faulty.has(item.itemId)) return;
        if (this.#faulty.size >= MOST_FAULTY) this.#faulty.clear();
        this.#faulty.add(item.itemId);
        onFault(item, error);
      },
    });
  }

  /** Frames until the end of what is asked for, over the border to the next item without a gap. */
  #sound(out: Float32Array, from: number, frames: number, place: Place, own: Output): void {
    let at = from;
    while (at < frames && this.#current) {
      const part = this.#current;
      const reading = { step: this.#step, gain: gainOf(own) * fadeIn(part), sounds: true };
      at += part.voice.read(out, at, frames - at, reading);
      if (at >= frames) return;
      if (!part.voice.isOver) {
        this.#underruns++;
        this.#isSounding = false;
        this.#options.onSound(part.item, 'waits');
        return;
      }
      const next = this.#next;
      const isNext = next && next.item.itemId === part.follower?.itemId && next.voice.isReadyAt(0);
      const isAtBorder = place.item.itemId === part.follower?.itemId || leftMs(place) < MOVED_MS;
      if (!isNext || !isAtBorder || this.#faulty.has(part.item.itemId)) {
        // It is shorter than the catalogue has it: the rest is silence.
        return;
      }
      this.#let(part);
      this.#current = { ...next, mainSeq: part.mainSeq, hasSounded: true };
      this.#current.voice.beginLoud();
      this.#next = undefined;
      this.#options.onSound(next.item, 'begins');
    }
  }

  /** True where it has to go there in one step. */
  #correct({ localMs, drift, doubtMs }: Moment, { rate }: Place, ahead: number): boolean {
    if (localMs - this.#correctedMs < CORRECT_MS) return false;
    this.#correctedMs = localMs;
    const correction = this.#loop.next(localMs, ahead / rate, drift, doubtMs);
    this.#step = rate * (correction.kind === 'rate' ? correction.factor : 1 + drift);
    return correction.kind === 'leap';
  }

  /** Fades out what sounds, within these frames; answers where something else may begin. */
  #breakOff(out: Float32Array, from: number, frames: number): number {
    const until = Math.min(frames, from + FADE_FRAMES);
    this.#current?.voice.read(out, from, until - from, { step: this.#step, sounds: false });
    this.#isSounding = false;
    return until;
  }

  #silence(out: Float32Array, frames: number): void {
    if (!this.#isSounding) return;
    this.#current?.voice.read(out, 0, frames, { step: this.#step, sounds: false });
    this.#isSounding = false;
  }

  /** It fades out beside what begins. */
  #leave(): void {
    if (this.#current) this.#leaving.push({ ...this.#current, fadeMs: 0 });
    this.#current = undefined;
    this.#isSounding = false;
  }

  #mixLeaving(out: Float32Array, frames: number, moment: Moment | undefined): void {
    this.#leaving = this.#leaving.filter((part) => {
      const fade = part.fadeMs > 0 ? (part.item.durationMs - part.voice.positionMs) / part.fadeMs : 0;
      const isLasting = fade > 0 && moment?.state.main.playing === true;
      const gain = isLasting ? { gain: gainOf(moment.own) * fadeFactor(fade) } : {};
      const made = part.voice.read(out, 0, frames, { step: this.#step, sounds: isLasting, ...gain });
      if (isLasting && made > 0) return true;
      this.#let(part);
      return false;
    });
  }

  #let(part: Part | undefined): void {
    part?.voice.dispose();
  }

  /** Keeps the next item ready. */
  #prepare(place: Place | undefined): void {
    const follower = place?.follower;
    const next = this.#next;
    if (next && next.item.itemId !== follower?.itemId) {
      this.#let(next);
      this.#next = undefined;
    }
    const isSoon = place !== undefined && place.isPlaying && leftMs(place) < PREPARE_MS;
    const isSame = this.#current?.item.itemId === place?.item.itemId;
    if (follower && !this.#next && isSoon && isSame) this.#next = this.#open(follower, 0, -1);
  }

  /** What nothing plays. */
  #letTracksGo(): void {
    const main = [this.#current, this.#next, ...this.#leaving].map((part) => part?.item.trackId);
    const used = new Set([...main, ...this.#decks.trackIds]);
    for (const [trackId, track] of this.#tracks) {
      if (used.has(trackId)) continue;
      this.#tracks.delete(trackId);
      void track[Symbol.asyncDispose]();
    }
  }
}

function heardOf({ item, voice, follower, fadeMs }: Part): Heard {
  return { item, positionMs: voice.positionMs, follower, fadeMs };
}

/** When it begins to be heard, for all that was asked for. */
function startOf({ state, own }: Moment): number {
  return Math.max(state.main.playing ? state.main.atMs : 0, own.fromMs);
}

function isLeft({ own, logMs }: Moment): boolean {
  return own.untilMs !== undefined && own.untilMs <= logMs;
}

function leftMs({ item, fadeMs, positionMs }: Place): number {
  return item.durationMs - fadeMs - positionMs;
}

/** Loudness as people hear it, the same on every device: half the way sounds half as loud. */
function gainOf({ volume, muted }: Output): number {
  return muted ? 0 : volume ** 3;
}

function fadeIn({ fadesInMs, voice }: Part): number {
  return fadesInMs > 0 ? fadeFactor(voice.positionMs / fadesInMs) : 1;
}

/** Of equal power: the squares of a fade in and of the fade out beside it add up to 1. */
function fadeFactor(part: number): number {
  return Math.sin((Math.min(1, Math.max(0, part)) * Math.PI) / 2);
}
