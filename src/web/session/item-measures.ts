import type { TrackLengths } from '../player/track-lengths.ts';
import type { SessionClient } from './session-client.ts';

/** The current item, and the one that is fetched ahead. */
const MEASURED_ITEMS = 2;
/** Half a sample at 44,100 Hz: what is nearer is equal. */
const LEAST_MS = 0.01;

/** Tells the session how long the items are that this page plays: what the catalogue says of them is rounded, or estimated. */
export class ItemMeasures {
  readonly #client: SessionClient;
  readonly #lengths: TrackLengths;
  /** Of those that are looked at; one that was refused is not told again. */
  #told: ReadonlySet<string> = new Set();

  constructor(client: SessionClient, lengths: TrackLengths) {
    this.#client = client;
    this.#lengths = lengths;
  }

  /** To be called on a page that is heard, when the session or what is known of lengths has changed. */
  tell(): void {
    const { items, currentIndex } = this.#client.view().queue;
    const near = items.slice(Math.max(0, currentIndex), currentIndex + MEASURED_ITEMS);
    const wrong = near.filter(({ itemId, trackId, durationMs }) => {
      const lengthMs = this.#lengths.of(trackId) ?? durationMs;
      return Math.abs(lengthMs - durationMs) > LEAST_MS && !this.#told.has(itemId);
    });
    const told = near.filter((item) => this.#told.has(item.itemId) || wrong.includes(item));
    this.#told = new Set(told.map(({ itemId }) => itemId));
    for (const { itemId, trackId, durationMs } of wrong)
      this.#client.send({
        type: 'queue.measure',
        itemId,
        durationMs: this.#lengths.of(trackId) ?? durationMs,
      });
  }
}
