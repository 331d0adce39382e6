import type { CatalogReader, TrackView } from '../../../catalog/index.ts';
import { fold } from '../../../catalog/index.ts';
import type { SearchIndex } from '../../../catalog/search/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { idParam, nothingHasId, textParam } from '../params.ts';
import { type Lyrics, plainLyrics, structuredLyrics } from '../wire/index.ts';

/** How many tracks of a matching name are looked at for one that has lyrics. */
const CANDIDATES = 20;

export function lyricsEndpoints(catalog: CatalogReader, search: SearchIndex): Endpoints {
  async function byName({ account, params }: Call): Promise<Lyrics> {
    const artist = textParam(params, 'artist')?.trim() ?? '';
    const title = textParam(params, 'title')?.trim() ?? '';
    const none: Lyrics = { artist, title, value: '' };
    if (title === '') return none;
    const found = search.search({
      text: `${artist} ${title}`,
      tracks: { offset: 0, count: CANDIDATES },
      albums: { offset: 0, count: 0 },
      artists: { offset: 0, count: 0 },
    });
    for (const track of await catalog.tracks(found.trackIds, account.id)) {
      if (!track.hasLyrics || !isNamed(track, artist, title)) continue;
      const [lyrics] = await catalog.lyricsOf(track.id);
      if (lyrics) return plainLyrics(lyrics, track);
    }
    return none;
  }

  return {
    getLyrics: documentEndpoint(async (call) => ({ lyrics: await byName(call) })),
    getLyricsBySongId: documentEndpoint(async ({ account, params }) => {
      const id = idParam(params, 'id', 'tr');
      const [[track], lyrics] = await Promise.all([catalog.tracks([id], account.id), catalog.lyricsOf(id)]);
      if (!track) throw nothingHasId();
      return { lyricsList: { structuredLyrics: lyrics.map((one) => structuredLyrics(one, track)) } };
    }),
  };
}

/** The wrong song's words are worse than none. */
function isNamed(track: TrackView, artist: string, title: string): boolean {
  const wanted = fold(artist);
  const credited = [track.displayArtist, ...track.artists.map(({ name }) => name)];
  return (
    fold(track.title) === fold(title) && (wanted === '' || credited.some((name) => fold(name) === wanted))
  );
}
