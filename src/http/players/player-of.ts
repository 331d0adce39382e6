import { createHash } from 'node:crypto';
import { type UserId, wireId } from '../../core/index.ts';
import type { Player } from '../../playback/players/index.ts';

const PLAYER_ID_CHARACTERS = 16;
const LONGEST_NAME_CHARACTERS = 100;

/** A listener's player by the name that it gives itself: two that give the same are one. */
export function playerOf(account: UserId, clientName: string): Player {
  const userId = wireId('us', account);
  const digest = createHash('sha256').update(`clef/player\0${userId}\0${clientName}`).digest('base64url');
  const name = clientName.trim().slice(0, LONGEST_NAME_CHARACTERS).trim() || 'Player';
  return { userId, playerId: digest.slice(0, PLAYER_ID_CHARACTERS), name };
}
