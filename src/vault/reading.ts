// The second public surface: where chunks lie, computed from policy and length alone, for readers in a browser.

export { type ChunkPlace, createLayout, type Layout } from './layout.ts';
