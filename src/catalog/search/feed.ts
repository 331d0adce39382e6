import { followChanges, type FollowOptions, type ProjectionFeed } from '../projection/index.ts';
import { searchChangeOf, searchedTables } from './changes.ts';
import type { SearchChange, SearchIndex } from './port.ts';

export interface SearchFeedOptions
  extends Omit<FollowOptions<SearchChange>, 'projection' | 'itemOf' | 'tables' | 'name'> {
  readonly index: SearchIndex;
}

/** Keeps a search index in step with a catalogue. */
export function startSearchFeed({ index, ...options }: SearchFeedOptions): ProjectionFeed {
  return followChanges({
    ...options,
    projection: index,
    itemOf: searchChangeOf,
    // Plays first, so that each item comes to its place at once.
    tables: [searchedTables.plays, searchedTables.items],
    name: 'the search index',
  });
}
