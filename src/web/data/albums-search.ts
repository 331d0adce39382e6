import type { AlbumOrder } from './queries.ts';

/** What of the album page stands in its address. */
export interface AlbumsSearch {
  readonly order?: AlbumOrder;
  readonly genre?: string;
  /** Its first year. */
  readonly decade?: number;
}

const ORDERS: readonly AlbumOrder[] = [
  'by-name',
  'by-artist',
  'newest',
  'recent',
  'frequent',
  'random',
  'highest',
  'starred',
  'by-year',
];

/** An address may be typed by hand: what is no choice is left out. */
export function parseAlbumsSearch({ order, genre, decade }: Record<string, unknown>): AlbumsSearch {
  const known = ORDERS.find((candidate) => candidate === order);
  return {
    ...(known && { order: known }),
    ...((typeof genre === 'string' || typeof genre === 'number') && { genre: String(genre) }),
    ...(typeof decade === 'number' &&
      Number.isInteger(decade) &&
      decade >= 0 &&
      decade < 9_990 && { decade }),
  };
}
