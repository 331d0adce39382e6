import * as v from 'valibot';
import {
  type Highlights,
  highlightsOf,
  type SearchItem,
  type SearchRecord,
} from '../../catalog/search/index.ts';
import { unreachable, wireId } from '../../core/index.ts';
import { keylessOperation } from './operation.ts';

/** As a record of the index, by its id on the wire, and what of it was found. */
export type FoundItem = { readonly id: string; readonly highlights: Highlights } & Pick<
  SearchRecord,
  'title' | 'artist' | 'album' | 'durationMs'
>;

export interface Found {
  readonly artists: readonly FoundItem[];
  readonly albums: readonly FoundItem[];
  readonly tracks: readonly FoundItem[];
}

const MOST_ITEMS = 500;

/** From the index alone, so that it answers while the catalogue's database is away. */
export const searchLibrary = keylessOperation({
  name: 'search',
  args: v.object({
    text: v.string(),
    count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_ITEMS)),
  }),
  async run({ search }, { text, count }): Promise<Found> {
    const page = { offset: 0, count };
    const { artistIds, albumIds, trackIds } = search.search({
      text,
      tracks: page,
      albums: page,
      artists: page,
    });
    const found = (items: readonly SearchItem[]): FoundItem[] =>
      items.flatMap((item) => {
        const record = search.record(item);
        return record ? [foundItem(record, text)] : [];
      });
    return {
      artists: found(artistIds.map((id) => ({ kind: 'artist', id }))),
      albums: found(albumIds.map((id) => ({ kind: 'album', id }))),
      tracks: found(trackIds.map((id) => ({ kind: 'track', id }))),
    };
  },
});

function foundItem(record: SearchRecord, text: string): FoundItem {
  const { title, artist, album, durationMs } = record;
  return {
    id: wireIdOf(record),
    title,
    artist,
    album,
    ...(durationMs !== undefined && { durationMs }),
    highlights: highlightsOf(record, text),
  };
}

function wireIdOf(item: SearchItem): string {
  switch (item.kind) {
    case 'track':
      return wireId('tr', item.id);
    case 'album':
      return wireId('al', item.id);
    case 'artist':
      return wireId('ar', item.id);
    default:
      return unreachable(item);
  }
}
