import type { PlaybackSession } from '../../../api/index.ts';
import { wireId } from '../../../core/index.ts';
import { advance, currentItem, type ListedSession } from '../../../playback/session/index.ts';
import { type SessionGateway, type SessionTickets, signInName } from '../../playback/index.ts';
import type { Handlers } from '../handler.ts';

export interface PlaybackHandlerDeps {
  readonly gateway: Pick<SessionGateway, 'list' | 'remove' | 'nowMs'>;
  readonly sessionTickets: SessionTickets;
}

type Names = 'playbackTicket' | 'playbackSessions' | 'removePlaybackSession';

export function playbackHandlers({ gateway, sessionTickets }: PlaybackHandlerDeps): Handlers<Names> {
  return {
    playbackTicket: ({ viewer }) =>
      sessionTickets.issue({
        account: viewer.account.id,
        session: signInName(
          viewer.session
            ? { kind: 'session', tokenHash: viewer.session.tokenHash }
            : { kind: 'api-key', id: viewer.credentialId },
        ),
      }),

    playbackSessions: async ({ viewer: { account } }) => {
      const listed = await gateway.list(wireId('us', account.id));
      return { sessions: listed.map((session) => wireSession(session, gateway.nowMs)) };
    },

    removePlaybackSession: ({ viewer: { account }, params: { id } }) =>
      gateway.remove({ userId: wireId('us', account.id), sessionId: id }),
  };
}

function wireSession({ sessionId, name, changedAtMs, state }: ListedSession, nowMs: number): PlaybackSession {
  if (!state) return { sessionId, name, changedAtMs };
  const { main, queue, outputs } = advance(state, nowMs);
  const trackId = currentItem(queue)?.trackId;
  return {
    sessionId,
    name,
    changedAtMs,
    live: {
      playing: main.playing,
      ...(trackId !== undefined && { trackId }),
      outputs: outputs.map((output) => output.name),
    },
  };
}
