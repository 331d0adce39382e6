import type { QueueItem as SessionItem, Queue as SessionQueue } from '../../playback/session/index.ts';
import type { Queue, QueueItem } from '../player/queue.ts';
import type { KnownTracks } from './known-tracks.ts';

/** The queue of a session with its tracks, as pages show it: what has not changed is the same object as before. */
export class ShownQueue {
  readonly #tracks: KnownTracks;
  #shown: Queue = { items: [], currentIndex: -1 };
  #source: readonly SessionItem[] = [];
  #isStale = false;

  constructor(tracks: KnownTracks) {
    this.#tracks = tracks;
  }

  /** Tracks have become known. */
  refresh(): void {
    this.#isStale = true;
  }

  of({ items, unshuffled }: SessionQueue, currentIndex: number): Queue {
    const isSame = items === this.#source && !this.#isStale;
    const shownItems = isSame ? this.#shown.items : this.#itemsOf(items);
    const wasShuffled = this.#shown.unshuffled !== undefined;
    if (isSame && currentIndex === this.#shown.currentIndex && wasShuffled === (unshuffled !== undefined))
      return this.#shown;
    this.#source = items;
    this.#isStale = false;
    this.#shown = { items: shownItems, currentIndex, ...(unshuffled && { unshuffled: [] }) };
    return this.#shown;
  }

  #itemsOf(items: readonly SessionItem[]): readonly QueueItem[] {
    const before = new Map(this.#shown.items.map((item) => [item.itemId, item]));
    return items.map(({ itemId, trackId, durationMs }) => {
      const known = before.get(itemId);
      const found = this.#tracks.of(trackId, durationMs);
      // What is unknown is made anew each time.
      const isSame = known && (known.track === found || (found.albumId === '' && known.track.albumId === ''));
      return isSame ? known : { itemId, track: found };
    });
  }
}
