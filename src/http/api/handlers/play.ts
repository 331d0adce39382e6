import { type Play, sessionName } from '../../play/index.ts';
import type { Handlers } from '../handler.ts';

export interface PlayHandlerDeps {
  readonly play: Play;
}

export function playHandlers({ play }: PlayHandlerDeps): Pick<Handlers, 'play'> {
  return {
    play: ({ viewer, body, signal }) =>
      play({ account: viewer.account.id, session: sessionName(viewer.session.tokenHash) }, body, signal),
  };
}
