import { volumeFactor } from './gain.ts';
import { holdMediaSession } from './hold-media-session.ts';
import { listOutputs } from './outputs.ts';
import type { PaceKeeper } from './pace/index.ts';
import { Player } from './player.ts';
import type {
  Engine,
  EngineFault,
  EngineItem,
  EngineSettings,
  EngineState,
  Pace,
  PaceError,
  RepeatMode,
  TrackSource,
} from './port.ts';
import { editItems, followingIndex, nextIndex, previousIndex, type Queue } from './queue.ts';
import { RateContexts, type Tap } from './rate-context.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { onWake } from './wake.ts';

/** The rate of most music, whose context is made at the first gesture. */
const COMMON_RATE_HZ = 44_100;
/** A pause of this long lets the audio device sleep. */
const SLEEP_AFTER_MS = 30_000;

export interface EngineOptions {
  readonly source: TrackSource;
  readonly workletUrl: string;
  readonly settings?: Partial<EngineSettings>;
  /** Where sound goes on its way out, for who wants to see it. */
  readonly tap?: Tap;
  /** It plays beside another one, which has the media keys. */
  readonly isBeside?: boolean;
}

export class AudioEngine implements Engine {
  #state: EngineState;
  #queue: Queue = { items: [], currentIndex: -1, repeat: 'off' };
  #settings: EngineSettings;
  #wanted = false;
  #fault: EngineFault | undefined;
  /** Items given up one after the other, none of which sounded. */
  #givenUp = 0;
  #sleep: ReturnType<typeof setTimeout> | undefined;
  #pace: Pace | undefined;
  #keeper: PaceKeeper | undefined;
  readonly #contexts: RateContexts;
  readonly #player: Player;
  readonly #listeners = new Set<() => void>();
  readonly #leave: (() => void)[];

  constructor({ source, workletUrl, settings, tap, isBeside }: EngineOptions) {
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    this.#contexts = new RateContexts({ workletUrl, tap, onChange: () => this.#player.pump() });
    this.#contexts.setVolume(volumeFactor(this.#settings));
    void this.#contexts.setSink(this.#settings.outputDeviceId);
    this.#player = new Player({
      source,
      contexts: this.#contexts,
      settings: () => this.#settings,
      follower: (item) => this.#follower(item),
      onAdvance: (item) => this.#point(this.#indexOf(item)),
      onEnd: () => this.#end(),
      onGiveUp: (fault) => this.#giveUp(fault),
      onFault: (fault) => {
        this.#fault = fault;
        this.#tell();
      },
      onChange: () => this.#tell(),
    });
    this.#state = this.#look();
    this.#leave = [
      onWake(() => this.#player.pump()),
      ...(isBeside ? [] : [holdMediaSession(this, () => this.#contexts.of(COMMON_RATE_HZ).context)]),
    ];
  }

  get state(): EngineState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  positionMs(): number {
    return this.#player.positionMs();
  }

  bufferedMs(): number {
    return this.#player.bufferedMs();
  }

  async warm(): Promise<void> {
    const { context, ready } = this.#contexts.of(COMMON_RATE_HZ);
    await Promise.all([ready, context.resume(), warmDecoder()]);
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
    if (isSame && positionMs === undefined) this.#player.revise();
    else this.#player.start(this.#current, positionMs);
    this.#move();
  }

  editQueue(items: readonly EngineItem[]): void {
    this.#queue = editItems(this.#queue, items);
    this.#player.revise();
    this.#tell();
  }

  play(): void {
    if (!this.#current && this.#queue.items.length > 0) this.#go(0);
    this.#wanted = this.#current !== undefined;
    this.#givenUp = 0;
    if (!this.#fault?.retrying) this.#fault = undefined;
    this.#move();
  }

  pause(): void {
    this.#wanted = false;
    this.#move();
  }

  seek(positionMs: number): void {
    const durationMs = this.#current?.durationMs ?? 0;
    this.#player.seek(Math.max(0, Math.min(positionMs, durationMs)));
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
    this.#fault = undefined;
    this.#go(index);
  }

  setRepeat(repeat: RepeatMode): void {
    this.#queue = { ...this.#queue, repeat };
    this.#player.revise();
    this.#tell();
  }

  keepPace(pace: Pace | undefined): void {
    this.#pace = pace;
    if (pace) void this.#follow();
    // What it has learnt of when sound is heard is kept for the next pace.
    else this.#player.pacer = undefined;
    this.#player.pump();
  }

  paceError(): PaceError | undefined {
    return this.#pace && this.#keeper?.error;
  }

  change(settings: Partial<EngineSettings>): void {
    const before = this.#settings;
    this.#settings = { ...before, ...settings };
    this.#contexts.setVolume(volumeFactor(this.#settings));
    if (before.outputDeviceId !== this.#settings.outputDeviceId)
      void this.#contexts.setSink(this.#settings.outputDeviceId);
    this.#player.revise();
    this.#tell();
  }

  outputDevices(): Promise<readonly { readonly id: string; readonly label: string }[]> {
    return listOutputs(AudioContext.prototype);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#sleep);
    for (const leave of this.#leave) leave();
    this.#listeners.clear();
    this.#player.close();
    await this.#contexts.close();
  }

  get #current(): EngineItem | undefined {
    return this.#queue.items[this.#queue.currentIndex];
  }

  #indexOf({ itemId }: EngineItem): number {
    return this.#queue.items.findIndex((item) => item.itemId === itemId);
  }

  #follower(item: EngineItem): EngineItem | undefined {
    const index = followingIndex({ ...this.#queue, currentIndex: this.#indexOf(item) });
    return index === undefined ? undefined : this.#queue.items[index];
  }

  /** What keeps a pace is loaded with the first one; where that fails, with the next. */
  async #follow(): Promise<void> {
    const module = this.#keeper ? undefined : await import('./pace/index.ts').catch(() => undefined);
    const pace = this.#pace;
    if (!pace) return;
    if (module)
      this.#keeper ??= new module.PaceKeeper(pace, {
        engine: this,
        player: this.#player,
        items: () => this.#queue.items,
        follower: (item) => this.#follower(item),
        fault: () => this.#fault,
        point: (item) => this.#point(this.#indexOf(item)),
      });
    if (this.#keeper) this.#keeper.pace = pace;
    this.#player.pacer = this.#keeper;
    this.#player.pump();
  }

  #point(currentIndex: number): void {
    this.#queue = { ...this.#queue, currentIndex };
    this.#fault = undefined;
  }

  #go(index: number): void {
    const item = this.#queue.items[index];
    if (!item) return;
    this.#queue = { ...this.#queue, currentIndex: index };
    this.#player.skipTo(item);
    this.#tell();
  }

  /** The queue is over: it stands ready to begin again. */
  #end(): void {
    this.#wanted = false;
    this.#queue = { ...this.#queue, currentIndex: this.#queue.items.length > 0 ? 0 : -1 };
    this.#player.start(this.#current);
    this.#move();
  }

  /** On to the next; but not through a whole queue that cannot be played, or that may not be heard, nor ahead of a pace. */
  #giveUp(fault: EngineFault): void {
    this.#fault = { ...fault, retrying: false };
    this.#givenUp++;
    const index = nextIndex(this.#queue);
    const goesOn =
      (this.#pace?.free ?? true) && fault.kind !== 'not-allowed' && this.#givenUp < this.#queue.items.length;
    if (goesOn && index !== undefined) this.#go(index);
    else {
      this.#wanted = false;
      this.#player.rest();
      this.#move();
    }
  }

  #move(): void {
    if (this.#wanted) this.#player.wake(this.#current);
    this.#player.wanted = this.#wanted;
    clearTimeout(this.#sleep);
    if (!this.#wanted) this.#sleep = setTimeout(() => void this.#contexts.sleep(), SLEEP_AFTER_MS);
    this.#tell();
  }

  #look(): EngineState {
    const { items, currentIndex, repeat } = this.#queue;
    const isSounding = this.#player.isSounding;
    if (isSounding) this.#givenUp = 0;
    const moving = isSounding ? 'playing' : 'waiting';
    const standing = currentIndex < 0 ? 'idle' : 'paused';
    return {
      status: this.#wanted ? moving : standing,
      items,
      currentIndex,
      durationMs: this.#current?.durationMs ?? 0,
      repeat,
      settings: this.#settings,
      ...(this.#fault ? { fault: this.#fault } : {}),
      underruns: this.#player.underruns + this.#contexts.underruns,
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

/** The first decoder of a page takes its time; this one is for nothing else. */
async function warmDecoder(): Promise<void> {
  if (!('AudioDecoder' in globalThis)) return;
  const decoder = new AudioDecoder({ output: (data) => data.close(), error: () => undefined });
  decoder.configure({ codec: 'mp3', sampleRate: COMMON_RATE_HZ, numberOfChannels: 2 });
  await decoder.flush().catch(() => undefined);
  if (decoder.state !== 'closed') decoder.close();
}
