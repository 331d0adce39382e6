export { type SearchFeedOptions, startSearchFeed } from './feed.ts';
export { type Highlights, highlightsOf } from './highlights.ts';
export type {
  SearchChange,
  SearchIndex,
  SearchItem,
  SearchKind,
  SearchQuery,
  SearchRecord,
  SearchResult,
} from './port.ts';
export { asksForEverything } from './tokens.ts';
