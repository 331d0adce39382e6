import type { GenreView } from '../../../catalog/index.ts';

/** https://opensubsonic.netlify.app/docs/responses/genre/ */
export type Genre = { readonly value: string; readonly songCount: number; readonly albumCount: number };

export function wireGenre(genre: GenreView): Genre {
  return { value: genre.name, songCount: genre.trackCount, albumCount: genre.albumCount };
}
