import type { Track } from '../../api/index.ts';
import { bounds, type NewItem } from '../../playback/session/index.ts';
import { MAX_QUEUE } from '../player/queue.ts';
import type { KnownTracks } from './known-tracks.ts';
import type { SessionClient } from './session-client.ts';

export interface QueueCommandsOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  readonly random: () => number;
}

export interface Replacement {
  readonly shuffled: boolean;
  readonly positionMs: number;
  readonly play: boolean;
}

/** What pages ask of a queue, as commands of which each takes a part of it. */
export class QueueCommands {
  readonly #options: QueueCommandsOptions;

  constructor(options: QueueCommandsOptions) {
    this.#options = options;
  }

  /** One command with the part that plays, and others for what is behind and before it. */
  replace(given: readonly Track[], startIndex: number, { shuffled, positionMs, play }: Replacement): void {
    const { client, tracks } = this.#options;
    const from = Math.max(0, Math.min(startIndex, given.length - MAX_QUEUE));
    const wanted = given.slice(from, from + MAX_QUEUE);
    tracks.add(wanted);
    const all = parts(newItems(wanted));
    const at = Math.floor((startIndex - from) / bounds.MOST_ITEMS_A_COMMAND);
    const isWhole = all.length === 1;
    client.send({
      type: 'queue.replace',
      items: all[at] ?? [],
      startIndex: startIndex - from - at * bounds.MOST_ITEMS_A_COMMAND,
      positionMs,
      play,
      ...(shuffled && isWhole && { shuffleSeed: this.#seed() }),
    });
    const [first] = client.state.queue.items;
    for (const items of all.slice(at + 1)) client.send({ type: 'queue.insert', items, after: 'end' });
    for (const items of all.slice(0, at)) {
      client.send({ type: 'queue.insert', items, after: 'end' });
      const itemIds = client.state.queue.items.slice(-items.length).map(({ itemId }) => itemId);
      if (first) client.send({ type: 'queue.move', itemIds, before: first.itemId });
    }
    if (shuffled && !isWhole) this.shuffle();
  }

  playNext(given: readonly Track[]): void {
    const { client, tracks } = this.#options;
    tracks.add(given);
    // The last part first, since each goes directly behind the current item.
    for (const items of parts(newItems(given)).toReversed())
      client.send({ type: 'queue.insert', items, after: 'current' });
  }

  add(given: readonly Track[]): void {
    const { client, tracks } = this.#options;
    tracks.add(given);
    for (const items of parts(newItems(given))) client.send({ type: 'queue.insert', items, after: 'end' });
  }

  remove(itemIds: ReadonlySet<string>): void {
    for (const some of parts([...itemIds]))
      this.#options.client.send({ type: 'queue.remove', itemIds: some });
  }

  /** In the order that they have. */
  move(itemIds: ReadonlySet<string>, before: string | undefined): void {
    const { client } = this.#options;
    const ids = client.state.queue.items.flatMap(({ itemId }) => (itemIds.has(itemId) ? [itemId] : []));
    for (const some of parts(ids))
      client.send({ type: 'queue.move', itemIds: some, ...(before !== undefined && { before }) });
  }

  shuffle(): void {
    this.#options.client.send({ type: 'queue.shuffle', seed: this.#seed() });
  }

  #seed(): number {
    return Math.floor(this.#options.random() * 2 ** 32);
  }
}

function newItems(all: readonly Track[]): readonly NewItem[] {
  return all.map(({ id, durationMs }) => ({ trackId: id, durationMs }));
}

/** As many as one command takes. */
function parts<Item>(all: readonly Item[]): Item[][] {
  const count = Math.ceil(all.length / bounds.MOST_ITEMS_A_COMMAND);
  return Array.from({ length: count }, (_, at) =>
    all.slice(at * bounds.MOST_ITEMS_A_COMMAND, (at + 1) * bounds.MOST_ITEMS_A_COMMAND),
  );
}
