import type { Engine, EngineFault, EngineItem, EngineState, RepeatMode } from '../../src/web/engine/port.ts';
import { followingIndex, nextIndex, previousIndex } from '../../src/web/engine/queue.ts';
import { DEFAULT_SETTINGS } from '../../src/web/engine/settings.ts';

/** A full engine, but for the sound: what is to play plays at once, by the clock of the test. */
export class SilentEngine implements Engine {
  /** All that it was made to do, for tests of who makes it. */
  readonly done: string[] = [];
  /** How late it begins after a start or a seek. */
  lateMs = 0;
  /** It may make no sound before somebody touches the page. */
  isHeldBack = false;
  isClosed = false;
  state: EngineState = {
    status: 'idle',
    items: [],
    currentIndex: -1,
    durationMs: 0,
    repeat: 'off',
    settings: DEFAULT_SETTINGS,
    underruns: 0,
  };
  readonly #nowMs: () => number;
  readonly #listeners = new Set<() => void>();
  #positionMs = 0;
  #atMs = 0;
  #end: ReturnType<typeof setTimeout> | undefined;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  get current(): EngineItem | undefined {
    return this.state.items[this.state.currentIndex];
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  positionMs(): number {
    if (this.state.status !== 'playing') return this.#positionMs;
    return this.#positionMs + Math.max(0, this.#nowMs() - this.#atMs);
  }

  bufferedMs(): number {
    return this.isHeldBack ? 10_000 : 0;
  }

  /** Somebody touches the page. */
  touch(): void {
    this.isHeldBack = false;
    if (this.state.status === 'waiting') this.#become({ status: 'playing' }, this.#positionMs);
  }

  warm(): Promise<void> {
    return Promise.resolve();
  }

  setQueue(
    items: readonly EngineItem[],
    { currentIndex, positionMs = 0, play }: { currentIndex: number; positionMs?: number; play: boolean },
  ): void {
    this.done.push('setQueue');
    const standing = currentIndex < 0 ? 'idle' : 'paused';
    this.#become({ items, currentIndex, status: play ? 'playing' : standing }, positionMs);
  }

  editQueue(items: readonly EngineItem[]): void {
    this.done.push('editQueue');
    const found = items.findIndex(({ itemId }) => itemId === this.current?.itemId);
    this.#become({ items, currentIndex: found }, this.positionMs(), false);
  }

  play(): void {
    this.done.push('play');
    const currentIndex = this.current ? this.state.currentIndex : Math.min(0, this.state.items.length - 1);
    const { fault: _, ...state } = this.state;
    this.state = state;
    this.#become({ currentIndex, status: currentIndex < 0 ? 'idle' : 'playing' }, this.#positionMs);
  }

  pause(): void {
    this.done.push('pause');
    this.#become({ status: this.current ? 'paused' : 'idle' }, this.positionMs(), false);
  }

  seek(positionMs: number): void {
    this.done.push('seek');
    this.#become({}, positionMs);
  }

  next(): void {
    const index = nextIndex(this.state);
    if (index !== undefined) this.jumpTo(index);
  }

  previous(): void {
    const index = previousIndex(this.state, this.positionMs());
    if (index === this.state.currentIndex) this.seek(0);
    else this.jumpTo(index);
  }

  jumpTo(currentIndex: number): void {
    this.done.push('jumpTo');
    this.#become({ currentIndex }, 0);
  }

  setRepeat(repeat: RepeatMode): void {
    this.#become({ repeat }, this.positionMs(), false);
  }

  change(settings: Partial<EngineState['settings']>): void {
    this.#become({ settings: { ...this.state.settings, ...settings } }, this.positionMs(), false);
  }

  outputDevices(): Promise<readonly { readonly id: string; readonly label: string }[]> {
    return Promise.resolve([]);
  }

  /** What it plays cannot be had: it gives the track up. */
  giveUp(kind: EngineFault['kind']): void {
    const { current } = this;
    if (!current) return;
    const fault: EngineFault = { kind, trackId: current.trackId, retrying: false };
    const index = kind === 'not-allowed' ? undefined : nextIndex(this.state);
    if (index === undefined) this.#become({ fault, status: 'paused' }, this.positionMs(), false);
    else this.#become({ fault, currentIndex: index }, 0);
  }

  /** Stands still for a while, as for want of data. */
  stall(ms: number): void {
    this.#positionMs = this.positionMs();
    this.#atMs = this.#nowMs() + ms;
    this.#planEnd();
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#end);
    this.#listeners.clear();
    this.isClosed = true;
    return Promise.resolve();
  }

  #become(changes: Partial<EngineState>, positionMs: number, isStart = true): void {
    this.#positionMs = positionMs;
    this.#atMs = this.#nowMs() + (isStart ? this.lateMs : 0);
    this.state = { ...this.state, ...changes };
    if (this.isHeldBack && this.state.status === 'playing') this.state = { ...this.state, status: 'waiting' };
    this.state = { ...this.state, durationMs: this.current?.durationMs ?? 0 };
    this.#planEnd();
    for (const listener of this.#listeners) listener();
  }

  #planEnd(): void {
    clearTimeout(this.#end);
    if (this.state.status !== 'playing' || !this.current) return;
    const leftMs = this.current.durationMs - this.#positionMs + (this.#atMs - this.#nowMs());
    this.#end = setTimeout(() => this.#advance(), Math.max(0, leftMs));
  }

  #advance(): void {
    const index = followingIndex(this.state);
    if (index === undefined) this.#become({ currentIndex: 0, status: 'paused' }, 0);
    else this.#become({ currentIndex: index }, 0, false);
  }
}
