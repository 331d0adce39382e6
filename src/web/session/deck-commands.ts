import type { Track } from '../../api/index.ts';
import { bounds } from '../../playback/session/index.ts';
import type { KnownTracks } from './known-tracks.ts';
import type { SessionClient } from './session-client.ts';

/** Rain lies under the piano, and not over it. */
const FIRST_GAIN = 0.5;

export interface DeckCommandsOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  /** So that somebody hears what is to play. */
  readonly hear: () => void;
}

/** What a page asks of the decks beside the main one. */
export class DeckCommands {
  readonly #options: DeckCommandsOptions;

  constructor(options: DeckCommandsOptions) {
    this.#options = options;
  }

  /** Plays a track beside the queue, again and again; false where there are too many already. */
  open(track: Track): boolean {
    const { client, tracks, hear } = this.#options;
    const { decks } = client.state;
    const ids = Array.from({ length: bounds.MOST_SIDE_DECKS }, (_, i) => `beside-${i + 1}`);
    const deckId = ids.find((id) => !decks.some((deck) => deck.deckId === id));
    if (deckId === undefined) return false;
    tracks.add([track]);
    hear();
    const item = { trackId: track.id, durationMs: track.durationMs };
    client.send({ type: 'deck.open', deckId, item, gain: FIRST_GAIN, loop: true, play: true });
    return true;
  }

  play(deckId: string): void {
    this.#options.hear();
    this.#options.client.send({ type: 'play', deckId });
  }
}
