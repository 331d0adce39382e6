import type { Engine } from '../engine/port.ts';
import { DeckSound } from './deck-sound.ts';
import type { KnownTracks } from './known-tracks.ts';
import { type OwnSound, ownOutput } from './own-output.ts';
import type { SessionClient } from './session-client.ts';

/** Nobody tells that a deck is over, or has begun anew. */
const LOOK_EVERY_MS = 1_000;

export interface SideDecksOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  /** A new engine each time, beside that of the main deck. */
  readonly connect: () => Promise<Engine>;
  readonly sound: () => OwnSound;
}

/** What plays beside the queue, while this page is one of the session's outputs. */
export class SideDecks implements Disposable {
  readonly #options: SideDecksOptions;
  readonly #decks = new Map<string, DeckSound>();
  readonly #looking: ReturnType<typeof setInterval>;

  constructor(options: SideDecksOptions) {
    this.#options = options;
    this.#looking = setInterval(() => this.sync(), LOOK_EVERY_MS);
  }

  /** To be called after each change of the session. */
  sync(): void {
    const { client } = this.#options;
    const own = ownOutput(client.state, client.instanceId);
    const isOutput = own !== undefined && client.logNowMs() < (own.untilMs ?? Number.POSITIVE_INFINITY);
    const decks = isOutput ? client.view().decks : [];
    for (const [deckId, sound] of this.#decks) {
      if (decks.some((deck) => deck.deckId === deckId && deck.item.itemId === sound.itemId)) continue;
      sound[Symbol.dispose]();
      this.#decks.delete(deckId);
    }
    for (const deck of decks) {
      const { deckId, item, motion } = deck;
      let sound = this.#decks.get(deckId);
      // What stands still needs no engine before it plays.
      if (!sound && motion.playing) {
        sound = this.#open(item);
        this.#decks.set(deckId, sound);
      }
      if (own) sound?.sync(deck, own);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    for (const sound of this.#decks.values()) sound[Symbol.dispose]();
    this.#decks.clear();
  }

  #open({ itemId, trackId, durationMs }: { itemId: string; trackId: string; durationMs: number }): DeckSound {
    const { client, tracks, connect, sound } = this.#options;
    tracks.want([trackId]);
    const item = { itemId, trackId, durationMs, ...tracks.of(trackId, durationMs).replayGain };
    return new DeckSound({ client, connect, sound, item, onReady: () => this.sync() });
  }
}
