import { expect, test } from 'vitest';
import type { Track } from '../../api/index.ts';
import type { Engine, EngineState } from '../engine/port.ts';
import { DEFAULT_SETTINGS } from '../engine/settings.ts';
import { createPlayer } from './player.ts';

const tracks = ['a', 'b', 'c'].map((id) => ({ id, durationMs: 1_000 }) as unknown as Track);

/** A full engine, but for the sound: what is to play plays at once. */
function silentEngine(): Engine {
  const listeners = new Set<() => void>();
  let state: EngineState = {
    status: 'idle',
    items: [],
    currentIndex: -1,
    durationMs: 0,
    repeat: 'off',
    settings: DEFAULT_SETTINGS,
    underruns: 0,
  };
  const become = (changes: Partial<EngineState>) => {
    state = { ...state, ...changes };
    for (const listener of listeners) listener();
  };
  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    positionMs: () => 0,
    bufferedMs: () => 0,
    warm: () => Promise.resolve(),
    setQueue: (items, { currentIndex, play }) =>
      become({ items, currentIndex, status: play ? 'playing' : 'paused' }),
    editQueue: (items) => become({ items }),
    play: () => become({ status: 'playing' }),
    pause: () => become({ status: 'paused' }),
    seek: () => become({}),
    next: () => become({ currentIndex: state.currentIndex + 1 }),
    previous: () => become({ currentIndex: state.currentIndex - 1 }),
    jumpTo: (currentIndex) => become({ currentIndex }),
    setRepeat: (repeat) => become({ repeat }),
    change: (settings) => become({ settings: { ...state.settings, ...settings } }),
    outputDevices: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function playerOver(engine: Engine) {
  return createPlayer({
    connect: () => Promise.resolve(engine),
    settings: DEFAULT_SETTINGS,
    repeat: 'off',
    random: () => 0,
  });
}

test('a row that is chosen in the queue plays, also while the music is paused', async () => {
  const player = playerOver(silentEngine());
  player.playTracks(tracks);
  await player.warm();
  player.pause();
  expect(player.state.status).toBe('paused');
  player.jumpTo(2);
  expect(player.state.status).toBe('playing');
  expect(player.state.current?.track.id).toBe('c');
});

test('a row that is chosen in a queue that came back plays, though no engine was loaded yet', async () => {
  const engine = silentEngine();
  const player = playerOver(engine);
  player.restore({ items: tracks.map((track, at) => ({ itemId: `r${at}`, track })), currentIndex: 0 }, 500);
  player.jumpTo(1);
  expect(player.state.status).toBe('waiting');
  await player.warm();
  expect(player.state.status).toBe('playing');
  expect(engine.state.currentIndex).toBe(1);
});
