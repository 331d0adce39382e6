import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '..', '.cache');
const PACKAGE = 'wesnoth-1.16-music';

/** The folder of Ogg Vorbis files in Debian's wesnoth-1.16-music, fetched once. */
export async function wesnothMusic(): Promise<string> {
  const folder = join(cache, PACKAGE);
  if (!existsSync(folder)) {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await run('apt-get', ['download', PACKAGE], { cwd: fresh });
    const archive = (await readdir(fresh)).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg', ['-x', archive, '.'], { cwd: fresh });
    await rename(fresh, folder);
  }
  return join(folder, 'usr', 'share', 'games', 'wesnoth', '1.16', 'data', 'core', 'music');
}

interface Format {
  readonly name: string;
  readonly suffix: string;
  readonly mediaType: string;
  readonly codec: readonly string[];
}

/** What the Ogg originals are also encoded to. */
export const formats: readonly Format[] = [
  { name: 'flac', suffix: 'flac', mediaType: 'audio/flac', codec: ['-c:a', 'flac'] },
  { name: 'mp3-cbr', suffix: 'mp3', mediaType: 'audio/mpeg', codec: ['-c:a', 'libmp3lame', '-b:a', '192k'] },
  { name: 'mp3-vbr', suffix: 'mp3', mediaType: 'audio/mpeg', codec: ['-c:a', 'libmp3lame', '-q:a', '4'] },
  { name: 'aac', suffix: 'm4a', mediaType: 'audio/mp4', codec: ['-c:a', 'aac', '-b:a', '128k'] },
  { name: 'alac', suffix: 'm4a', mediaType: 'audio/mp4', codec: ['-c:a', 'alac'] },
  { name: 'opus', suffix: 'opus', mediaType: 'audio/ogg', codec: ['-c:a', 'libopus', '-b:a', '96k'] },
  { name: 'wav', suffix: 'wav', mediaType: 'audio/wav', codec: ['-c:a', 'pcm_s16le'] },
];

export interface CollectionFile {
  readonly path: string;
  readonly format: string;
  readonly mediaType: string;
  readonly album: string;
}

/** The Ogg files and the same in every other format, an album a format; made once for each number of tracks. */
export async function musicCollection(
  tracks: number,
): Promise<{ readonly folder: string; readonly files: readonly CollectionFile[] }> {
  const source = await wesnothMusic();
  const names = (await readdir(source))
    .filter((name) => name.endsWith('.ogg'))
    .sort()
    .slice(0, tracks);
  const folder = join(cache, `collection-${names.length}`);
  const jobs = names.flatMap((name) => {
    const stem = basename(name, '.ogg');
    const original = { name: 'vorbis', suffix: 'ogg', mediaType: 'audio/ogg', codec: ['-c:a', 'copy'] };
    return [original, ...formats].map((format) => ({
      input: join(source, name),
      stem,
      format,
      path: join(folder, format.name, `${stem}.${format.suffix}`),
    }));
  });
  const waiting = jobs.filter(({ path }) => !existsSync(path));
  await Promise.all(
    Array.from({ length: cpus().length }, async () => {
      for (let job = waiting.shift(); job; job = waiting.shift())
        await encode(job.input, job.path, job.format, job.stem);
    }),
  );
  const files = jobs.map(({ path, format }) => ({
    path,
    format: format.name,
    mediaType: format.mediaType,
    album: albumOf(format.name),
  }));
  return { folder, files };
}

function albumOf(format: string): string {
  return `Wesnoth in ${format}`;
}

async function encode(input: string, output: string, format: Format, stem: string): Promise<void> {
  await mkdir(join(output, '..'), { recursive: true });
  const unfinished = join(output, '..', `.${stem}.unfinished.${format.suffix}`);
  const tags = [
    '-map_metadata',
    '0',
    '-map_metadata',
    '0:s:0',
    '-metadata',
    `album=${albumOf(format.name)}`,
    '-metadata',
    `title=${stem}`,
    '-metadata',
    'album_artist=The Wesnoth Orchestra',
  ];
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-i',
    input,
    '-map',
    '0:a:0',
    ...tags,
    '-metadata:s:a:0',
    `title=${stem}`,
    '-metadata:s:a:0',
    `album=${albumOf(format.name)}`,
    ...format.codec,
    unfinished,
  ]);
  await rename(unfinished, output);
}
