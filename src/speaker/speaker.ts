import {
  type CloseReason,
  type NewOutput,
  type Output,
  type Place as LogPlace,
  type QueueItem,
} from '../playback/session/index.ts';
import { DeviceClock } from './device-clock.ts';
import { Mixer } from './mixer.ts';
import type { Moment } from './moment.ts';
import { placeAt } from './place.ts';
import type { OpenSoundDevice, SoundDevice, Tracks } from './port.ts';
import { type Identity, SessionFollower } from './session-follower.ts';

/** Frames are made in so many at once. */
const BLOCK_MS = 10;
/** What lies ahead of what the device has, so that a machine that is busy is no gap. */
const SLACK_MS = 150;
/** How long this speaker takes to decode from another place, besides what lies ahead: a start in a group waits for that. */
const DECODE_MS = 350;
/** Beyond this, an output that plays alone says where it is. */
const ASTRAY_MS = 20;
/** A place is told as of a moment that has passed for the log too, whatever is not known about its clock. */
const SURELY_PAST_MS = 60;
const TELL_AGAIN_MS = 500;
const REOPEN_MS = 2_000;
const LONGEST_REOPEN_MS = 30_000;
const TELL_EVERY_MS = 5_000;

/** What a speaker says of itself, in the order in which it happens. */
export interface SpeakerLog {
  readonly say: (text: string) => void;
  /** What only who asks for it wants to know. */
  readonly detail: (text: string) => void;
}

export interface SpeakerOptions {
  readonly address: string;
  readonly ticket: () => Promise<string>;
  readonly isFinal: (error: unknown) => boolean;
  readonly identity: Identity;
  readonly sessionId: string;
  /** Takes part as soon as it is there, without being chosen. */
  readonly playsAtOnce: boolean;
  readonly tracks: Tracks;
  readonly openDevice: OpenSoundDevice;
  /** What the device itself is to hold. */
  readonly latencyMs: number;
  readonly log: SpeakerLog;
}

/** A machine with a sound device as an output of a playback session. */
export class Speaker implements AsyncDisposable {
  readonly #options: SpeakerOptions;
  readonly #follower: SessionFollower;
  readonly #mixer: Mixer;
  readonly #clock = new DeviceClock();
  readonly #block: Float32Array;
  readonly #aheadMs: number;
  readonly #telling: ReturnType<typeof setInterval>;
  readonly #ended = Promise.withResolvers<CloseReason | Error>();
  #rendering: ReturnType<typeof setInterval> | undefined;
  #device: SoundDevice | undefined;
  #reopenAtMs = 0;
  #reopenMs = REOPEN_MS;
  #writtenFrames = 0;
  #heardFrames = 0;
  #underruns = 0;
  /** By how much later than the session says a lone output has begun, until the session says so too. */
  #shiftMs = 0;
  #anchorAtMs: number | undefined;
  #mainSeq = -1;
  #wasOutput = false;
  /** As it was when it was an output last. */
  #lastOwn: Output | undefined;
  #hasAsked = false;
  #isLeaving = false;
  #hasBegun = false;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    const { tracks, latencyMs, log } = options;
    this.#block = new Float32Array(2 * Math.round((tracks.rateHz * BLOCK_MS) / 1000));
    this.#aheadMs = latencyMs + SLACK_MS;
    this.#mixer = new Mixer({
      tracks,
      onFault: (item, error) => this.#giveUp(item, error),
      onSound: (item, what) => log.detail(`${item.trackId} ${what}`),
    });
    this.#follower = new SessionFollower({
      ...options,
      report: () => this.#report(),
      newOutput: () => this.#newOutput(),
      place: () => this.#place(),
      onChange: () => this.#onChange(),
      onLink: (isOpen) => {
        log.say(isOpen ? 'The server is there.' : 'The server is away; what is here plays on.');
        // What could not be told meanwhile.
        if (isOpen && Math.abs(this.#shiftMs) > ASTRAY_MS)
          this.#anchorAtMs = performance.now() + TELL_AGAIN_MS;
      },
      onRefused: (why) => this.#ended.resolve(why),
    });
    this.#telling = setInterval(() => this.#tell(), TELL_EVERY_MS);
  }

  /** Why it cannot go on; settles when that is so. */
  get ended(): Promise<CloseReason | Error> {
    return this.#ended.promise;
  }

  /** Stops being heard, and says so. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isLeaving = true;
    clearInterval(this.#telling);
    await this.#follower.leave();
    clearInterval(this.#rendering);
    await this.#follower[Symbol.asyncDispose]();
    await this.#mixer[Symbol.asyncDispose]();
    await this.#device?.[Symbol.asyncDispose]();
  }

  #newOutput(): NewOutput {
    const { instanceId, name } = this.#options.identity;
    const { volume = 1, muted = false, delayMs = 0 } = this.#lastOwn ?? {};
    return { outputId: instanceId, name, kind: 'speaker', volume, muted, delayMs, leadMs: this.#leadMs };
  }

  get #leadMs(): number {
    return this.#aheadMs + DECODE_MS;
  }

  #onChange(): void {
    const { log, playsAtOnce, identity } = this.#options;
    const { own, state, isAlone } = this.#follower;
    if (state && (state.mainSeq !== this.#mainSeq || !isAlone)) {
      this.#mainSeq = state.mainSeq;
      this.#shiftMs = 0;
      this.#anchorAtMs = undefined;
    }
    if (own && !this.#wasOutput) log.say(`Chosen: plays the session ${JSON.stringify(state?.name)}.`);
    if (!own && this.#wasOutput && !this.#isLeaving) log.say('Not chosen any more.');
    if (!own && !this.#hasBegun && !playsAtOnce)
      log.say(`${identity.name} waits to be chosen, under "Where it plays" on any page.`);
    this.#hasBegun = true;
    this.#wasOutput = own !== undefined;
    if (own) {
      this.#rendering ??= setInterval(() => this.#render(), BLOCK_MS);
      if (this.#lastOwn?.epoch !== own.epoch) this.#tellOwn(own);
      this.#lastOwn = own;
      this.#hasAsked = true;
    } else if (playsAtOnce && !this.#hasAsked) {
      this.#hasAsked = true;
      this.#follower.send({ type: 'output.add', output: this.#newOutput() });
    }
  }

  /** Whoever chose it could not know how long it takes to begin, nor the delay that its listener gave it before. */
  #tellOwn({ outputId, leadMs, delayMs }: Output): void {
    const before = delayMs === 0 ? (this.#lastOwn?.delayMs ?? 0) : 0;
    if (leadMs === this.#leadMs && before === 0) return;
    this.#follower.send({
      type: 'output.change',
      outputId,
      leadMs: this.#leadMs,
      ...(before !== 0 && { delayMs: before }),
    });
  }

  #render(): void {
    const { own } = this.#follower;
    if (!own) {
      clearInterval(this.#rendering);
      this.#rendering = undefined;
      this.#closeDevice();
      return;
    }
    const nowMs = performance.now();
    if (!this.#device && nowMs >= this.#reopenAtMs) this.#openDevice();
    const device = this.#device;
    if (!device) return;
    for (let most = (2 * this.#aheadMs) / BLOCK_MS; most > 0 && this.#wants(nowMs, device.rateHz); most--) {
      const moment = this.#momentAt((this.#writtenFrames / device.rateHz) * 1000, own, device.rateHz);
      this.#mixer.render(this.#block, moment);
      if (moment) this.#noteLate(moment.localMs);
      device.write(this.#block);
      this.#writtenFrames += this.#block.length / 2;
    }
    if (this.#anchorAtMs !== undefined && nowMs >= this.#anchorAtMs) this.#anchor(own);
  }

  /** True while less lies ahead than is to. */
  #wants(nowMs: number, rateHz: number): boolean {
    const writtenMs = (this.#writtenFrames / rateHz) * 1000;
    if (this.#clock.isKnown) return this.#clock.localMs(writtenMs) < nowMs + this.#aheadMs;
    return writtenMs - (this.#heardFrames / rateHz) * 1000 < this.#aheadMs;
  }

  /** Undefined where it is not known when a frame is heard, or what time it is. */
  #momentAt(writtenMs: number, own: Output, rateHz: number): Moment | undefined {
    const { state, clock, isAlone } = this.#follower;
    if (!state || !clock || !this.#clock.isKnown) return undefined;
    const localMs = this.#clock.localMs(writtenMs);
    // What is heard too late by itself is to be heard so much earlier.
    const logMs = clock.serverMs(localMs + own.delayMs) - this.#shiftMs;
    const drift = (1 + this.#clock.drift) * (1 + clock.driftPpm * 1e-6) - 1;
    const frameLogMs = (1000 / rateHz) * (1 + drift);
    const doubtMs = this.#clock.uncertaintyMs;
    return { state, own, logMs, localMs, frameLogMs, drift, doubtMs, isAlone };
  }

  #noteLate(localMs: number): void {
    const lateMs = this.#mixer.takeLateMs();
    if (lateMs === 0) return;
    this.#shiftMs += lateMs;
    // Not before it is heard.
    if (Math.abs(this.#shiftMs) > ASTRAY_MS) this.#anchorAtMs = localMs + 2 * SURELY_PAST_MS;
  }

  /** The session then stands where this speaker is heard. */
  #anchor(own: Output): void {
    this.#anchorAtMs = undefined;
    const place = this.#place();
    if (!place || !this.#follower.isOnline || !this.#follower.isAlone) return;
    this.#follower.send({ type: 'anchor', epoch: own.epoch, place });
  }

  /** Where it is heard. */
  #place(): LogPlace | undefined {
    const { state, clock, isOnLine } = this.#follower;
    if (!state?.main.playing || !clock || !isOnLine) return undefined;
    const atMs = clock.serverMs(performance.now()) - SURELY_PAST_MS;
    const place = placeAt(state, atMs - this.#shiftMs);
    if (!place?.isPlaying || this.#mixer.errorMs === undefined) return undefined;
    return { itemId: place.item.itemId, positionMs: Math.max(0, place.positionMs), atMs };
  }

  #openDevice(): void {
    const { openDevice, tracks, log } = this.#options;
    this.#clock.reset();
    this.#writtenFrames = 0;
    this.#heardFrames = 0;
    const device = openDevice({
      onReading: (reading) => {
        if (this.#device !== device) return;
        this.#reopenMs = REOPEN_MS;
        this.#heardFrames = reading.heardFrames;
        this.#clock.add(reading, tracks.rateHz);
      },
      onUnderrun: () => {
        if (this.#device !== device) return;
        this.#underruns++;
        log.detail('the sound device ran dry');
        this.#clock.reset();
      },
      onGone: ({ message }) => {
        if (this.#device !== device) return;
        this.#device = undefined;
        this.#reopenAtMs = performance.now() + this.#reopenMs;
        this.#reopenMs = Math.min(LONGEST_REOPEN_MS, 2 * this.#reopenMs);
        log.say(`The sound device is gone (${message}); trying again.`);
      },
    });
    this.#device = device;
  }

  #closeDevice(): void {
    const device = this.#device;
    this.#device = undefined;
    this.#mixer.clear();
    void device?.[Symbol.asyncDispose]();
  }

  /** One alone skips what cannot be played; among others it is silent until they have come past it. */
  #giveUp(item: QueueItem, error: unknown): void {
    const why = error instanceof Error ? error.message : 'for a reason that is not known';
    this.#options.log.say(`${item.trackId} cannot be played here: ${why}`);
    if (this.#follower.isAlone) this.#follower.send({ type: 'next' }, { item: item.itemId });
  }

  #report() {
    const nowMs = performance.now();
    const { own, clock } = this.#follower;
    const { errorMs } = this.#mixer;
    if (!own || !clock) return undefined;
    return {
      // Positive: late.
      ...(errorMs !== undefined && { errorMs: -errorMs }),
      offsetMs: clock.offsetMs(nowMs),
      uncertaintyMs: Math.min(1e6, clock.uncertaintyMs(nowMs) + this.#clock.uncertaintyMs),
      bufferedMs: this.#mixer.bufferedMs,
      underruns: this.#mixer.underruns + this.#underruns,
    };
  }

  #tell(): void {
    const report = this.#report();
    if (!report) return;
    const { errorMs, uncertaintyMs, bufferedMs, underruns } = report;
    const skew = errorMs === undefined ? 'silent' : `${errorMs.toFixed(2)} ms late`;
    this.#options.log.detail(
      `${skew}, times known to ${uncertaintyMs.toFixed(1)} ms, ${(bufferedMs / 1000).toFixed(1)} s decoded, ${underruns} underruns`,
    );
  }
}
