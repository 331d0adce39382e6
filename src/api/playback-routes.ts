import * as v from 'valibot';
import { defineRoute } from './route.ts';
import { playbackSessionId, timeMs, trackId } from './values.ts';

const sessionTicket = v.object({
  /** For the first message on the socket of playback sessions (docs/protocol.md), and to go on there. */
  ticket: v.string(),
  /** Of what it grants; it is to be used within a minute, once. */
  expiresAtMs: timeMs,
  /** Addresses of the socket, any of them; absent where it is this server's own. */
  sockets: v.exactOptional(v.array(v.string())),
});

const playbackSession = v.object({
  sessionId: playbackSessionId,
  name: v.string(),
  changedAtMs: timeMs,
  /** While it is in the server's memory. */
  live: v.exactOptional(
    v.object({
      playing: v.boolean(),
      /** What its main deck is at. */
      trackId: v.exactOptional(trackId),
      /** Names of what makes it heard. */
      outputs: v.array(v.string()),
    }),
  ),
});
export type PlaybackSession = v.InferOutput<typeof playbackSession>;

export const playbackRoutes = {
  playbackTicket: defineRoute({
    method: 'POST',
    path: '/playback/ticket',
    access: 'program',
    summary: 'A ticket for the socket of playback sessions: to be used within a minute, once, good for ten.',
    answer: sessionTicket,
  }),
  playbackSessions: defineRoute({
    method: 'GET',
    path: '/playback/sessions',
    access: 'session',
    summary: "The account's playback sessions, the one that was changed last first.",
    answer: v.object({ sessions: v.array(playbackSession) }),
  }),
  removePlaybackSession: defineRoute({
    method: 'DELETE',
    path: '/playback/sessions/:id',
    access: 'session',
    summary: 'Forgets a playback session and its queue; refused while devices are in it.',
    params: v.object({ id: playbackSessionId }),
  }),
} as const;
