import type { BrowserContext } from 'playwright-core';
import {
  type ClientMessage,
  emptyState,
  headOf,
  patchBetween,
  type ServerMessage,
} from '../../../src/playback/session/index.ts';

/** While it is asked for, pages of this browser are told of a playback session in which nothing was ever played. */
export async function mayEmptySession(context: BrowserContext, isAskedFor: () => boolean): Promise<void> {
  await context.routeWebSocket(/\/playback\/socket$/, (socket) => {
    if (!isAskedFor()) {
      socket.connectToServer();
      return;
    }
    const say = (message: ServerMessage) => socket.send(JSON.stringify(message));
    socket.onMessage((text) => {
      const message = JSON.parse(String(text)) as ClientMessage;
      if (message.type !== 'hello') return;
      const state = emptyState('Music');
      const queue = patchBetween(undefined, state.queue);
      const times = { beatMs: 5_000, leaseMs: 15_000 };
      say({ type: 'welcome', protocol: 1, logId: 'nothing', clockId: 'nothing', ...times });
      say({ type: 'state', sessionId: message.sessionId, head: headOf(state, 0), ...(queue && { queue }) });
    });
  });
}
