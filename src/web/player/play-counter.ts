import { type Call, routes } from '../../api/index.ts';
import type { Player } from './player.ts';

const LOOK_EVERY_MS = 1_000;
/** A track counts as played at its half, or after four minutes of it. */
const ENOUGH_MS = 4 * 60_000;

/** Tells the server what was played, by listening to the clock of the player: seeking does not count. */
export function countPlays(player: Player, call: Call, now: () => number): void {
  let itemId = '';
  let heardMs = 0;
  let isCounted = false;
  setInterval(() => {
    const { current, status, durationMs, isHeardHere } = player.state;
    if (!current || status !== 'playing' || !isHeardHere) return;
    if (current.itemId !== itemId) {
      itemId = current.itemId;
      heardMs = 0;
      isCounted = false;
    }
    heardMs += LOOK_EVERY_MS;
    if (isCounted || heardMs < Math.min(durationMs / 2, ENOUGH_MS)) return;
    isCounted = true;
    const body = { trackId: current.track.id, playedAtMs: Math.round(now() - heardMs) };
    call(routes.recordPlay, { body }).catch(() => undefined);
  }, LOOK_EVERY_MS);
}
