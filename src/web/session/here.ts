import type { NewOutput } from '../../playback/session/index.ts';
import { createStore } from '../data/store.ts';
import type { DeckCommands } from './deck-commands.ts';
import type { KnownTracks } from './known-tracks.ts';
import type { SessionClient } from './session-client.ts';

export interface SessionHere {
  readonly client: SessionClient;
  readonly decks: DeckCommands;
  readonly tracks: KnownTracks;
  /** This page, as it would be heard. */
  readonly asOutput: () => NewOutput;
  /** For people, on all devices; kept in this browser. */
  readonly rename: (name: string) => void;
}

/** The session that this page is in; undefined before it is loaded, and where nobody is signed in. */
export const sessionHere = createStore<SessionHere | undefined>(undefined);
