import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawCover } from './cover.ts';
import { type Piece, PIECES } from './pieces.ts';
import { render } from './render.ts';
import { encodeWav } from './wav.ts';

export const DEMO_ALBUM = 'First Sound';
export const DEMO_ARTIST = 'The Clef Synthesiser';
const YEAR = '2026';
const COMMENT = 'Played by a program from notes that no copyright covers; free to use as you like (CC0).';

function fileName(piece: Piece, index: number): string {
  const title = piece.title.replaceAll(/[/:]/g, '-');
  return `${String(index + 1).padStart(2, '0')} ${title}.wav`;
}

/** Whole or not at all: a scan must not meet half a file. What is there already stays. */
async function writeOnce(folder: string, name: string, make: () => Buffer | Promise<Buffer>): Promise<void> {
  const path = join(folder, name);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const unfinished = join(folder, `.${name}.part`);
  await writeFile(unfinished, await make());
  await rename(unfinished, path);
}

/** Renders the album into the folder, on this thread, in seconds. */
export async function writeDemoAlbum(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeOnce(folder, 'cover.png', drawCover);
  for (const [index, piece] of PIECES.entries()) {
    await writeOnce(folder, fileName(piece, index), () =>
      encodeWav(render(piece), {
        title: piece.title,
        artist: DEMO_ARTIST,
        album: DEMO_ALBUM,
        composer: piece.composer,
        genre: piece.genre,
        year: YEAR,
        track: index + 1,
        trackCount: PIECES.length,
        comment: COMMENT,
      }),
    );
  }
}
