import { join } from 'node:path';
import sharp from 'sharp';
import { encodeMedia } from './make-music.ts';

/** Albums that a page can be judged by: with a cover and without, of another script, with a name too long. */
const ALBUMS = [
  {
    title: 'Harbour Lights',
    artist: 'Mira Solberg',
    genre: 'Folk',
    date: '2019',
    hue: 205,
    tracks: ['Departure', 'Slow water', 'Half the sky'],
  },
  {
    title: 'ليالي القاهرة',
    artist: 'سلمى نور',
    genre: 'Jazz',
    date: '1999',
    hue: 48,
    tracks: ['ليلة'],
  },
  {
    title: `An album whose name goes on ${'and on '.repeat(30)}`,
    artist: 'Kelp & Co',
    genre: 'Jazz',
    date: '2015',
    tracks: ['Kelp'],
  },
] as const;

/** Of the first track. */
const LYRICS = ['[00:00.50]Lamps along the water', '[00:04.00]and a boat that nobody rows'];

export const WEB_TRACKS = ALBUMS.reduce((sum, { tracks }) => sum + tracks.length, 0);

/** Makes the files of a small library, some seconds each. */
export async function makeWebLibrary(folder: string): Promise<void> {
  for (const [at, album] of ALBUMS.entries()) {
    const cover = 'hue' in album ? await drawCover(album.hue) : undefined;
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

/** A moon, or a sun, in the colours of one hue. */
function drawCover(hue: number): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="hsl(${hue} 62% 62%)"/><circle cx="150" cy="120" r="80" fill="hsl(${hue} 55% 34%)"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
