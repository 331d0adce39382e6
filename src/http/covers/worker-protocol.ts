import type { Bytes } from '../../core/index.ts';
import type { Picture } from './renderer.ts';

export type PictureJob =
  | { readonly kind: 'resize'; readonly source: Bytes; readonly sizePixels: number }
  | { readonly kind: 'draw'; readonly svg: string; readonly sizePixels: number };

/** One job is under way in a worker at a time, so answers carry no number. */
export type PictureAnswer =
  | { readonly kind: 'picture'; readonly picture: Picture }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The worker ends itself with this code when a picture needs too much memory. */
export const EXIT_TOO_MUCH_MEMORY = 86;
