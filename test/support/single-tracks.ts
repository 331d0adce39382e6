import { generatedTracks } from '../../bench/catalog/music.ts';
import type { WrittenTrack } from './written-catalogue.ts';

/** Each is the only one of its album and of its artist, so that all three lists are as long as each other. */
export function* singleTracks(count: number): Generator<WrittenTrack> {
  for (const { title, durationMs, index } of generatedTracks(count)) {
    const name = `${title} ${index + 1}`;
    yield { title: name, album: name, albumArtist: name, displayArtist: name, durationMs };
  }
}
