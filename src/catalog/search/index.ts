export { type SearchFeed, type SearchFeedOptions, startSearchFeed } from './feed.ts';
export { type Highlights, highlightsOf } from './highlights.ts';
export type {
  RebuildOptions,
  SearchChange,
  SearchIndex,
  SearchItem,
  SearchKind,
  SearchPosition,
  SearchQuery,
  SearchRecord,
  SearchResult,
} from './port.ts';
export { asksForEverything } from './tokens.ts';
