export { type FollowOptions, followChanges, type ProjectionFeed } from './follow.ts';
export type { CatalogPosition, Projection, RebuildOptions } from './port.ts';
