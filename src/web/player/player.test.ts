import { expect, test } from 'vitest';
import { SilentEngine } from '../../../test/support/silent-engine.ts';
import type { Track } from '../../api/index.ts';
import type { Engine } from '../engine/port.ts';
import { DEFAULT_SETTINGS } from '../engine/settings.ts';
import { createPlayer } from './player.ts';

const tracks = ['a', 'b', 'c'].map((id) => ({ id, durationMs: 1_000 }) as unknown as Track);

function playerOver(engine: Engine) {
  return createPlayer({
    connect: () => Promise.resolve(engine),
    settings: DEFAULT_SETTINGS,
    repeat: 'off',
    random: () => 0,
  });
}

test('a row that is chosen in the queue plays, also while the music is paused', async () => {
  const player = playerOver(new SilentEngine());
  player.playTracks(tracks);
  await player.warm();
  player.pause();
  expect(player.state.status).toBe('paused');
  player.jumpTo(2);
  expect(player.state.status).toBe('playing');
  expect(player.state.current?.track.id).toBe('c');
});
