import type { TrackView } from '../../../catalog/index.ts';

const MAX_PART_CHARACTERS = 120;

/**
 * Players name their offline copies after `path`. It is made from tags: where the file lies on the server is
 * nobody's business.
 */
export function virtualPath(track: TrackView): string {
  const disc = track.discNumber === undefined ? '' : `${track.discNumber}-`;
  const number =
    track.trackNumber === undefined ? '' : `${disc}${String(track.trackNumber).padStart(2, '0')} - `;
  return `${part(track.displayAlbumArtist)}/${part(track.album)}/${part(number + track.title)}.${track.suffix}`;
}

function part(text: string): string {
  const clean = text
    .replaceAll(/[/\\\p{Cc}]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, MAX_PART_CHARACTERS)
    .trim();
  return clean === '' ? '_' : clean;
}
