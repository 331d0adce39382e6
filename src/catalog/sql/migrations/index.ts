import { first } from './0001-first.ts';
import { sessionsAndDevices } from './0002-sessions-and-devices.ts';
import { companions } from './0003-companions.ts';
import { placeInQueue } from './0004-place-in-queue.ts';
import { playbackSessions } from './0005-playback-sessions.ts';
import { columnClaims } from './0006-column-claims.ts';
import { outboxLanes } from './0007-outbox-lanes.ts';
import type { Migration } from './migration.ts';

/** In order, without gaps. */
export const migrations: readonly Migration[] = [
  first,
  sessionsAndDevices,
  companions,
  placeInQueue,
  playbackSessions,
  columnClaims,
  outboxLanes,
];
