export { type SearchIndexOptions, openSearchIndex } from './search-index.ts';
