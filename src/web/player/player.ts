import type { Track } from '../../api/index.ts';
import type { Engine, EngineFault, EngineSettings, EngineState, RepeatMode } from '../engine/port.ts';
import { engineItem } from './engine-items.ts';
import {
  append,
  currentItem,
  emptyQueue,
  insertNext,
  MAX_QUEUE,
  move,
  type Queue,
  type QueueItem,
  remove,
  shuffle,
  unshuffle,
} from './queue.ts';

/** What of the player is shown. Exchanged as a whole at each change, so that parts can be compared. */
export interface PlayerState {
  readonly queue: Queue;
  readonly current: QueueItem | undefined;
  readonly status: EngineState['status'];
  readonly durationMs: number;
  readonly repeat: RepeatMode;
  readonly settings: EngineSettings;
  readonly fault: EngineFault | undefined;
  /** Sound is made by an engine that is loaded after the page; `failed`: this browser has none. */
  readonly engine: 'absent' | 'ready' | 'failed';
  /** False where it is heard on other devices alone. */
  readonly isHeardHere: boolean;
  /** The browser keeps this page silent until somebody touches it. */
  readonly awaitsGesture: boolean;
  /** The names of the other devices on which it is heard. */
  readonly heardOn: readonly string[];
}

/** The queue with its tracks, over an engine that knows ids alone. Framework-free. */
export interface Player {
  readonly state: PlayerState;
  readonly subscribe: (listener: () => void) => () => void;
  positionMs(): number;
  bufferedMs(): number;
  /** Loads the engine, and starts its clock: to be called in a gesture. Several calls are one. */
  warm(): Promise<Engine>;
  /** Exchanges the queue and plays; what came before is gone. */
  playTracks(tracks: readonly Track[], startIndex?: number, options?: { readonly shuffled?: boolean }): void;
  playNext(tracks: readonly Track[]): void;
  addToQueue(tracks: readonly Track[]): void;
  removeItems(itemIds: ReadonlySet<string>): void;
  moveItems(itemIds: ReadonlySet<string>, beforeId: string | undefined): void;
  clear(): void;
  toggle(): void;
  play(): void;
  pause(): void;
  seek(positionMs: number): void;
  next(): void;
  previous(): void;
  /** Plays that item of the queue, whether anything played or not. */
  jumpTo(index: number): void;
  setShuffled(shuffled: boolean): void;
  setRepeat(mode: RepeatMode): void;
  change(settings: Partial<EngineSettings>): void;
  /** Silence, and nothing here of the account that listened. Its other devices go on. */
  leave(): void;
}

/** What a player leaves to the one that takes its place. */
export interface LeftMusic {
  readonly queue: Queue;
  readonly positionMs: number;
  readonly isOn: boolean;
}

/** A player of this page alone. */
export interface LocalPlayer extends Player {
  /** Lets go of the engine as it is: whatever sounds goes on. */
  release(): LeftMusic;
}

export interface PlayerOptions {
  readonly connect: () => Promise<Engine>;
  readonly settings: EngineSettings;
  readonly repeat: RepeatMode;
  readonly random: () => number;
}

const NOWHERE: readonly string[] = [];

export function createPlayer({ connect, settings, repeat, random }: PlayerOptions): LocalPlayer {
  const listeners = new Set<() => void>();
  let engine: Engine | undefined;
  let connecting: Promise<Engine> | undefined;
  let stopListening: (() => void) | undefined;
  let leaveKeys: (() => void) | undefined;
  let isReleased = false;
  let nextItem = 0;
  /** Where a queue that no engine has yet would begin. */
  let restingMs = 0;
  let wantsToPlay = false;
  let state: PlayerState = {
    queue: emptyQueue,
    current: undefined,
    status: 'idle',
    durationMs: 0,
    repeat,
    settings,
    fault: undefined,
    engine: 'absent',
    isHeardHere: true,
    awaitsGesture: false,
    heardOn: NOWHERE,
  };

  function update(changes: Partial<PlayerState>): void {
    const queue = changes.queue ?? state.queue;
    state = { ...state, ...changes, queue, current: currentItem(queue) };
    for (const listener of listeners) listener();
  }

  function take(told: EngineState): void {
    const { currentIndex, status, durationMs, fault } = told;
    update({
      queue: { ...state.queue, currentIndex },
      status,
      durationMs,
      repeat: told.repeat,
      settings: told.settings,
      fault,
    });
  }

  function load(): Promise<Engine> {
    connecting ??= connect().then(
      (connected) => {
        if (isReleased) return connected;
        engine = connected;
        engine.setRepeat(state.repeat);
        engine.change(state.settings);
        const { items, currentIndex } = state.queue;
        if (items.length > 0) {
          engine.setQueue(items.map(engineItem), { currentIndex, positionMs: restingMs, play: wantsToPlay });
        }
        stopListening = engine.subscribe(() => take(connected.state));
        void joinKeys();
        update({ engine: 'ready' });
        take(connected.state);
        return connected;
      },
      (error: unknown) => {
        connecting = undefined;
        update({ engine: 'failed', status: 'paused' });
        throw error;
      },
    );
    return connecting;
  }

  /** Media keys steer what plays, and nothing before. */
  async function joinKeys(): Promise<void> {
    const { joinMediaSession } = await import('./media-session.ts');
    if (!isReleased) leaveKeys = joinMediaSession(player);
  }

  /** Of calls that need an engine: the first one loads it. What it is then to do is in the state. */
  function wish(toPlay: boolean): void {
    wantsToPlay = toPlay;
    if (engine) return;
    update({ status: toPlay ? 'waiting' : 'paused', durationMs: state.current?.track.durationMs ?? 0 });
    if (toPlay) load().catch(() => undefined);
  }

  function itemsOf(tracks: readonly Track[]): QueueItem[] {
    return tracks.map((track) => ({ itemId: `q${nextItem++}`, track }));
  }

  function setQueue(queue: Queue, positionMs: number, play: boolean): void {
    restingMs = positionMs;
    update({ queue });
    const { items, currentIndex } = queue;
    engine?.setQueue(items.map(engineItem), { currentIndex, positionMs, play });
    wish(play);
  }

  /** Changes what is around the current item; where that one itself is gone, its successor begins. */
  function edit(queue: Queue): void {
    const goesOn = currentItem(queue) === state.current;
    if (!goesOn) {
      setQueue(queue, 0, state.status === 'playing' || state.status === 'waiting');
      return;
    }
    update({ queue });
    engine?.editQueue(queue.items.map(engineItem));
  }

  const player: LocalPlayer = {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    positionMs: () => engine?.positionMs() ?? restingMs,
    bufferedMs: () => engine?.bufferedMs() ?? 0,
    async warm() {
      const loaded = await load();
      await loaded.warm();
      return loaded;
    },
    playTracks(tracks, startIndex = 0, { shuffled = state.queue.unshuffled !== undefined } = {}) {
      if (tracks.length === 0) return;
      const from = Math.max(0, Math.min(startIndex, tracks.length - MAX_QUEUE));
      const items = itemsOf(tracks.slice(from, from + MAX_QUEUE));
      const queue: Queue = { items, currentIndex: startIndex - from };
      setQueue(shuffled ? shuffle(queue, random) : queue, 0, true);
    },
    playNext: (tracks) => edit(insertNext(state.queue, itemsOf(tracks))),
    addToQueue: (tracks) => edit(append(state.queue, itemsOf(tracks))),
    removeItems: (itemIds) => edit(remove(state.queue, itemIds)),
    moveItems: (itemIds, beforeId) => edit(move(state.queue, itemIds, beforeId)),
    clear: () => setQueue(emptyQueue, 0, false),
    toggle() {
      if (state.status === 'playing' || state.status === 'waiting') player.pause();
      else player.play();
    },
    play() {
      if (!state.current && state.queue.items.length > 0) {
        setQueue({ ...state.queue, currentIndex: 0 }, 0, true);
        return;
      }
      if (!state.current) return;
      engine?.play();
      wish(true);
    },
    pause() {
      engine?.pause();
      wish(false);
    },
    seek(positionMs) {
      restingMs = positionMs;
      // An engine tells of the new place itself.
      if (engine) engine.seek(positionMs);
      else update({});
    },
    next() {
      if (engine) engine.next();
      else if (state.queue.currentIndex + 1 < state.queue.items.length)
        player.jumpTo(state.queue.currentIndex + 1);
    },
    previous() {
      if (engine) engine.previous();
      else player.jumpTo(Math.max(0, state.queue.currentIndex - 1));
    },
    jumpTo(index) {
      if (engine) {
        engine.jumpTo(index);
        engine.play();
      } else setQueue({ ...state.queue, currentIndex: index }, 0, true);
    },
    setShuffled(shuffled) {
      const queue = shuffled ? shuffle(state.queue, random) : unshuffle(state.queue);
      if (queue === state.queue) return;
      update({ queue });
      engine?.editQueue(queue.items.map(engineItem));
    },
    setRepeat(mode) {
      update({ repeat: mode });
      engine?.setRepeat(mode);
    },
    change(changes) {
      update({ settings: { ...state.settings, ...changes } });
      engine?.change(changes);
    },
    leave() {
      player.pause();
      player.clear();
    },
    release() {
      isReleased = true;
      stopListening?.();
      leaveKeys?.();
      const { queue, status } = state;
      return { queue, positionMs: player.positionMs(), isOn: status === 'playing' || status === 'waiting' };
    },
  };
  return player;
}
