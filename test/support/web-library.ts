import { join } from 'node:path';
import { type CoverRecipe, drawCover } from './draw-cover.ts';
import { encodeMedia } from './make-music.ts';

interface Album {
  readonly title: string;
  readonly artist: string;
  readonly genre: string;
  readonly date: string;
  readonly cover?: CoverRecipe;
  readonly tracks: readonly string[];
}

/** Albums that a page can be judged by: with a cover and without, of another script, with a name too long. */
const ALBUMS: readonly Album[] = [
  {
    title: 'Harbour Lights',
    artist: 'Mira Solberg',
    genre: 'Folk',
    date: '2019',
    cover: { motif: 'moon', hue: 205 },
    tracks: ['Departure', 'Slow water', 'Half the sky'],
  },
  {
    title: 'ليالي القاهرة',
    artist: 'سلمى نور',
    genre: 'Jazz',
    date: '1999',
    cover: { motif: 'arches', hue: 28 },
    tracks: ['ليلة'],
  },
  {
    title: `An album whose name goes on ${'and on '.repeat(30)}`,
    artist: 'Kelp & Co',
    genre: 'Jazz',
    date: '2015',
    tracks: ['Kelp'],
  },
  {
    title: 'Wintergreen',
    artist: 'Ivo Lindqvist',
    genre: 'Folk',
    date: '2022',
    cover: { motif: 'hills', hue: 165 },
    tracks: ['First frost', 'Wintergreen'],
  },
  {
    title: 'Northern Line',
    artist: 'The Quiet Carriage',
    genre: 'Electronic',
    date: '2021',
    cover: { motif: 'lines', hue: 262 },
    tracks: ['Mind the gap', 'Last train'],
  },
  {
    title: 'Paper Suns',
    artist: 'Otis Fairweather Trio',
    genre: 'Jazz',
    date: '1962',
    cover: { motif: 'sun', hue: 8 },
    tracks: ['Blue envelope'],
  },
  {
    title: 'Rain on the Skylight',
    artist: 'Ensemble Lindenhof',
    genre: 'Classical',
    date: '2008',
    cover: { motif: 'rain', hue: 222 },
    tracks: ['Nocturne in E minor, Op. 72 No. 1'],
  },
];

/** Of the first track. */
const LYRICS = ['[00:00.50]Lamps along the water', '[00:04.00]and a boat that nobody rows'];

export const WEB_TRACKS = ALBUMS.reduce((sum, { tracks }) => sum + tracks.length, 0);

/** Makes the files of a small library, some seconds each. */
export async function makeWebLibrary(folder: string): Promise<void> {
  for (const [at, album] of ALBUMS.entries()) {
    const cover = album.cover && (await drawCover(album.cover));
    for (const [index, title] of album.tracks.entries()) {
      await encodeMedia(join(folder, `album-${at}`, `${index + 1}.flac`), {
        format: 'flac',
        seconds: 20 + index,
        toneHz: 200 + 40 * at + 15 * index,
        tags: {
          title,
          artist: album.artist,
          album: album.title,
          album_artist: album.artist,
          track: String(index + 1),
          date: album.date,
          genre: album.genre,
          ...(at + index === 0 && { lyrics: LYRICS.join('\n') }),
        },
        ...(cover && { cover }),
      });
    }
  }
}
