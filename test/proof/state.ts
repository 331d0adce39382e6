import { createHash } from 'node:crypto';
import type { SubsonicClient } from '../support/subsonic-client.ts';

/** A track as listeners know it, by what must survive; `id` apart, for it may differ between two libraries. */
export interface TrackState {
  readonly id: string;
  readonly facts: string;
}

const FACTS = [
  'title',
  'album',
  'artist',
  'displayArtist',
  'displayAlbumArtist',
  'track',
  'discNumber',
  'year',
  'genre',
  'size',
  'contentType',
  'suffix',
  'duration',
  'path',
] as const;

/** Every track with its tags and the SHA-256 of what it streams. */
export async function tracksOf(client: SubsonicClient): Promise<readonly TrackState[]> {
  const tracks: TrackState[] = [];
  for (const song of await client.allSongs()) {
    const bytes = await (await fetch(client.url('stream', { id: String(song.id) }))).bytes();
    const facts = FACTS.map((field) => `${field}=${JSON.stringify(song[field])}`);
    tracks.push({
      id: String(song.id),
      facts: `${facts.join(' ')} sha256=${createHash('sha256').update(bytes).digest('hex')}`,
    });
  }
  return tracks;
}

/** How many of the one are not in the other, as multisets. */
export function missingFrom(wanted: readonly string[], got: readonly string[]): number {
  const left = [...got];
  return wanted.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  }).length;
}
