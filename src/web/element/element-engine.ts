import { replayGainOf, volumeFactor } from '../engine/gain.ts';
import { listOutputs } from '../engine/outputs.ts';
import type {
  Engine,
  EngineFault,
  EngineItem,
  EngineSettings,
  EngineState,
  RepeatMode,
} from '../engine/port.ts';
import { editItems, followingIndex, nextIndex, previousIndex, type Queue } from '../engine/queue.ts';
import { DEFAULT_SETTINGS } from '../engine/settings.ts';
import { onWake } from '../engine/wake.ts';
import type { SoundLink } from './sound-link.ts';
import { Voice } from './voice.ts';

/** After a fault that may pass. */
const AGAIN_AFTER_MS = 1_000;

/** Plays by `<audio>` elements, one that sounds and one that holds the next. Neither gapless nor crossfading. */
class ElementEngine implements Engine {
  readonly #link: SoundLink;
  #state: EngineState;
  #queue: Queue = { items: [], currentIndex: -1, repeat: 'off' };
  #settings: EngineSettings;
  #wanted = false;
  #fault: EngineFault | undefined;
  #givenUp = 0;
  #underruns = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #voice: Voice;
  #spare: Voice;
  readonly #listeners = new Set<() => void>();
  readonly #leave: (() => void)[];

  constructor(link: SoundLink, settings: Partial<EngineSettings>) {
    this.#link = link;
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    const events = {
      onChange: () => this.#step(),
      onEnded: (voice: Voice) => voice === this.#voice && this.#advance(),
      onError: (voice: Voice, code: number) => this.#fail(voice, code),
      onUnderrun: (voice: Voice) => {
        if (voice === this.#voice && this.#wanted) this.#underruns++;
      },
    };
    this.#voice = new Voice(events);
    this.#spare = new Voice(events);
    this.#state = this.#look();
    this.#leave = [
      onWake(() => this.#step()),
      link.onFault((trackId, fault) => this.#hearOf(trackId, fault)),
    ];
    this.change({});
  }

  get state(): EngineState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  positionMs(): number {
    return this.#voice.positionMs;
  }

  bufferedMs(): number {
    return this.#voice.bufferedMs;
  }

  async warm(): Promise<void> {
    // A phone lets an element sound later that a gesture has touched once.
    for (const voice of [this.#voice, this.#spare]) if (!voice.item) voice.element.load();
    await Promise.resolve();
  }

  setQueue(
    items: readonly EngineItem[],
    { currentIndex, positionMs, play }: { currentIndex: number; positionMs?: number; play: boolean },
  ): void {
    const before = this.#current;
    const index = currentIndex >= 0 && currentIndex < items.length ? currentIndex : -1;
    this.#queue = { ...this.#queue, items, currentIndex: index };
    this.#wanted = play && index >= 0;
    this.#givenUp = 0;
    const isSame = before !== undefined && before.itemId === this.#current?.itemId;
    if (!isSame) this.#begin(positionMs ?? 0);
    else if (positionMs !== undefined) this.#voice.element.currentTime = positionMs / 1000;
    this.#step();
  }

  editQueue(items: readonly EngineItem[]): void {
    this.#queue = editItems(this.#queue, items);
    this.#step();
  }

  play(): void {
    if (!this.#current && this.#queue.items.length > 0) this.#go(0);
    this.#wanted = this.#current !== undefined;
    this.#givenUp = 0;
    if (this.#current && this.#voice.item !== this.#current) this.#begin(0);
    this.#step();
  }

  pause(): void {
    this.#wanted = false;
    this.#step();
  }

  seek(positionMs: number): void {
    const durationMs = this.#current?.durationMs ?? 0;
    this.#voice.element.currentTime = Math.max(0, Math.min(positionMs, durationMs)) / 1000;
    this.#tellAll();
  }

  next(): void {
    const index = nextIndex(this.#queue);
    if (index !== undefined) this.jumpTo(index);
  }

  previous(): void {
    if (this.#queue.currentIndex < 0) return;
    const index = previousIndex(this.#queue, this.positionMs());
    if (index === this.#queue.currentIndex) this.seek(0);
    else this.jumpTo(index);
  }

  jumpTo(index: number): void {
    this.#givenUp = 0;
    this.#go(index);
  }

  setRepeat(repeat: RepeatMode): void {
    this.#queue = { ...this.#queue, repeat };
    this.#step();
  }

  change(settings: Partial<EngineSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    for (const voice of [this.#voice, this.#spare]) this.#tune(voice);
    this.#step();
  }

  outputDevices(): Promise<readonly { readonly id: string; readonly label: string }[]> {
    return listOutputs(HTMLMediaElement.prototype);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#again);
    for (const leave of this.#leave) leave();
    this.#listeners.clear();
    for (const voice of [this.#voice, this.#spare]) voice.clear();
    await Promise.resolve();
  }

  get #current(): EngineItem | undefined {
    return this.#queue.items[this.#queue.currentIndex];
  }

  get #following(): EngineItem | undefined {
    return this.#queue.items[followingIndex(this.#queue) ?? -1];
  }

  /** Volume, rate and output, as far as an element has them: it can make nothing louder. */
  #tune({ element, item }: Voice): void {
    const gain = item ? replayGainOf(item, this.#settings) : 1;
    element.volume = Math.min(1, volumeFactor(this.#settings) * gain);
    element.muted = this.#settings.muted;
    element.playbackRate = this.#settings.rate;
    const { sinkId, setSinkId } = element as { sinkId?: string; setSinkId?: (id: string) => Promise<void> };
    const { outputDeviceId } = this.#settings;
    if (sinkId !== outputDeviceId) void setSinkId?.call(element, outputDeviceId).catch(() => undefined);
  }

  #load(voice: Voice, item: EngineItem, positionMs: number): void {
    voice.load(item, this.#link.address(item.trackId), positionMs);
    this.#tune(voice);
  }

  /** The current item from a position on; at once where the spare element holds it already. */
  #begin(positionMs: number): void {
    clearTimeout(this.#again);
    const item = this.#current;
    if (item && this.#spare.item === item) {
      [this.#voice, this.#spare] = [this.#spare, this.#voice];
      this.#spare.clear();
      if (positionMs > 0) this.#voice.element.currentTime = positionMs / 1000;
    } else if (item) this.#load(this.#voice, item, positionMs);
    else this.#voice.clear();
  }

  #go(index: number): void {
    if (!this.#queue.items[index]) return;
    this.#queue = { ...this.#queue, currentIndex: index };
    this.#fault = undefined;
    this.#begin(0);
    this.#step();
  }

  #advance(): void {
    const index = followingIndex(this.#queue);
    if (index === this.#queue.currentIndex) {
      this.#voice.element.currentTime = 0;
      this.#step();
    } else if (index !== undefined) this.#go(index);
    else {
      this.#wanted = false;
      this.#go(0);
    }
  }

  #hearOf(trackId: string, fault: EngineFault | undefined): void {
    if (trackId !== this.#current?.trackId) return;
    this.#fault = fault;
    this.#step();
  }

  /** What the worker told of is the reason; else the element itself knows. */
  #fail(voice: Voice, code: number): void {
    const { item } = voice;
    if (!item || voice !== this.#voice) {
      voice.clear();
      return;
    }
    const told = this.#fault?.trackId === item.trackId ? this.#fault : undefined;
    const ofElement =
      code === MediaError.MEDIA_ERR_DECODE
        ? 'damaged'
        : code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED
          ? 'unsupported'
          : 'offline';
    const fault = told ?? { kind: ofElement, trackId: item.trackId, retrying: ofElement === 'offline' };
    if (!fault.retrying) {
      this.#giveUp(fault);
      return;
    }
    this.#fault = fault;
    const { positionMs } = voice;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (voice !== this.#voice || voice.item !== item) return;
      this.#load(voice, item, positionMs);
      this.#step();
    }, AGAIN_AFTER_MS);
    this.#step();
  }

  /** On to the next; but not through a whole queue that cannot be played, or that the listener may not hear. */
  #giveUp(fault: EngineFault): void {
    this.#givenUp++;
    const index = nextIndex(this.#queue);
    if (fault.kind !== 'not-allowed' && this.#givenUp < this.#queue.items.length && index !== undefined)
      this.#go(index);
    else {
      this.#wanted = false;
      this.#voice.clear();
    }
    this.#fault = { ...fault, retrying: false };
    this.#step();
  }

  /** Does whatever is due: called whenever anything has moved. */
  #step(): void {
    const { element, item } = this.#voice;
    if (item && this.#wanted === element.paused && !element.ended && !element.error) {
      if (this.#wanted) this.#voice.play();
      else element.pause();
    }
    const following = this.#following;
    if (this.#spare.item && this.#spare.item !== following) this.#spare.clear();
    const isFree = following && following !== item && !this.#spare.item;
    if (isFree && item && this.#wanted && this.#voice.isWhole) this.#load(this.#spare, following, 0);
    if (this.#voice.isSounding) {
      this.#givenUp = 0;
      if (this.#fault?.trackId === item?.trackId) this.#fault = undefined;
    }
    this.#tell();
  }

  #look(): EngineState {
    const { items, currentIndex, repeat } = this.#queue;
    const moving = this.#voice.isSounding ? 'playing' : 'waiting';
    const standing = currentIndex < 0 ? 'idle' : 'paused';
    return {
      status: this.#wanted ? moving : standing,
      items,
      currentIndex,
      durationMs: this.#current?.durationMs ?? 0,
      repeat,
      settings: this.#settings,
      ...(this.#fault ? { fault: this.#fault } : {}),
      underruns: this.#underruns,
    };
  }

  /** Tells of a state that differs from the one told before, and of no other. */
  #tell(): void {
    const state = this.#look();
    const keys = new Set([...Object.keys(state), ...Object.keys(this.#state)]) as Set<keyof EngineState>;
    if ([...keys].every((key) => state[key] === this.#state[key])) return;
    this.#state = state;
    this.#tellAll();
  }

  #tellAll(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The engine of browsers that have no audio decoder or worklet for scripts. */
export function createElementEngine(link: SoundLink, settings: Partial<EngineSettings> = {}): Engine {
  return new ElementEngine(link, settings);
}
