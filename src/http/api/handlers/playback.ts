import type { PlaybackSession } from '../../../api/index.ts';
import { wireId } from '../../../core/index.ts';
import { advance, currentItem, type ListedSession } from '../../../playback/session/index.ts';
import { type SessionGateway, type SessionTickets, signInName } from '../../playback/index.ts';
import type { Handlers } from '../handler.ts';

export interface PlaybackHandlerDeps {
  readonly gateway: Pick<SessionGateway, 'prepare' | 'list' | 'remove' | 'nowMs'>;
  readonly sessionTickets: SessionTickets;
  /** Sockets of gateways where devices are to go, in place of this server's. */
  readonly gatewaySockets: readonly string[];
}

const MAIN = 'main';

type Names = 'playbackTicket' | 'playbackSessions' | 'removePlaybackSession';

export function playbackHandlers({
  gateway,
  sessionTickets,
  gatewaySockets,
}: PlaybackHandlerDeps): Handlers<Names> {
  return {
    async playbackTicket({ viewer }) {
      const { id } = viewer.account;
      const ticket = await sessionTickets.issue({
        account: id,
        session: signInName(
          viewer.session
            ? { kind: 'session', tokenHash: viewer.session.tokenHash }
            : { kind: 'api-key', id: viewer.credentialId },
        ),
      });
      if (gatewaySockets.length === 0) return ticket;
      // A gateway does not have the queue that was saved before there were sessions.
      await gateway.prepare({ userId: wireId('us', id), sessionId: MAIN });
      return { ...ticket, sockets: [...gatewaySockets] };
    },

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
