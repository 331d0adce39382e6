import { LRUCache } from 'lru-cache';
import type { Page } from '../port.ts';
import type { Cursor } from './keyset.ts';

/** Places in lists that are remembered, over all lists. */
const MAX_PLACES = 2_048;
/** A place serves for the next page of someone who reads on, not for one who comes by tomorrow. */
const PLACE_LIFETIME_MS = 120_000;
/** Rows that are passed over at once on the way to an offset that nobody has read up to. */
const STRIDE = 1_000;
/** Items in one page; more than any protocol asks for. */
const MAX_PAGE = 10_000;

/** A list that can be walked from any place in it. */
export interface WalkableList {
  /** Names list, library and viewer: equal names are one list. */
  readonly name: string;
  /** The items after a place, fewer than `limit` only at the end. Index reads only. */
  after(place: Cursor | undefined, limit: number): Promise<readonly Cursor[]>;
}

/**
 * OpenSubsonic pages by offset; SQL would count through all the rows before it, page after page. Here the end
 * of each page is remembered, so that who reads a list on from there starts at its last item. Whoever does,
 * misses and repeats nothing when the list changes meanwhile. Any other offset is walked to in strides.
 */
export class ListPager {
  readonly #places = new LRUCache<string, { readonly place: Cursor; readonly atMs: number }>({
    max: MAX_PLACES,
  });
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async page(list: WalkableList, { offset, count }: Page): Promise<readonly Cursor[]> {
    const limit = Math.min(count, MAX_PAGE);
    if (limit <= 0) return [];
    const start = await this.#placeOf(list, offset);
    if (start === 'beyond') return [];
    const items = await list.after(start, limit);
    const last = items.at(-1);
    if (last) this.#remember(list, offset + items.length, last);
    return items;
  }

  async #placeOf(list: WalkableList, offset: number): Promise<Cursor | undefined | 'beyond'> {
    if (offset <= 0) return undefined;
    const exact = this.#recall(list, offset);
    if (exact) return exact;
    let at = Math.floor(offset / STRIDE) * STRIDE;
    let place: Cursor | undefined;
    while (at > 0 && !(place = this.#recall(list, at))) at -= STRIDE;
    while (at < offset) {
      const step = Math.min(STRIDE, offset - at);
      const passed = await list.after(place, step);
      place = passed.at(-1);
      if (!place || passed.length < step) return 'beyond';
      at += step;
      this.#remember(list, at, place);
    }
    return place;
  }

  #recall(list: WalkableList, offset: number): Cursor | undefined {
    const known = this.#places.get(`${list.name}@${offset}`);
    return known && this.#now() - known.atMs < PLACE_LIFETIME_MS ? known.place : undefined;
  }

  #remember(list: WalkableList, offset: number, place: Cursor): void {
    this.#places.set(`${list.name}@${offset}`, { place, atMs: this.#now() });
  }
}
