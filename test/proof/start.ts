import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type ClefServer, startClef, temporaryFolder } from '../support/clef-process.ts';
import { ffprobe } from '../support/ffprobe.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { type CollectionFile, musicCollection } from '../support/wesnoth.ts';
import { waitFor } from '../support/wait-for.ts';
import { gate, type Proof } from './proof.ts';
import { importOf, median } from './tools.ts';

/** A decoder's and a container's view of an end may differ by a frame or two, and an encoder's delay. */
const DURATION_TOLERANCE_MS = 150;

/** A folder of every format becomes a library, and plays while it does. */
export const start: Proof = {
  name: 'start',
  shows: 'every track of every format is imported and right, and plays while the rest imports',
  async run({ small, say }) {
    const { folder, files } = await musicCollection(small ? 2 : 41);
    await using data = await temporaryFolder('proof-start');
    const startedMs = performance.now();
    await using server = await startClef({ data: data.path, folders: [folder] });
    const firstReadyMs = server.readyAfterMs;
    const client = new SubsonicClient(server.baseUrl, await server.credentials());

    const played = await playFirstTrack(client, files);
    say(`first track played after ${played.atTrackCount} of ${files.length} were in`);
    const songs = await importOf(client, files.length);
    const importMs = performance.now() - startedMs;
    const faults: string[] = [];
    for (const file of files) faults.push(...(await faultsOf(file, songs, client)));
    for (const fault of faults.slice(0, 20)) say(fault);

    const readyMs = await restarts(server, data.path, small ? 2 : 5);
    return {
      gates: {
        tracks: gate(songs.length, files.length),
        wrong: gate(faults.length, 0),
        playedWhileImporting: gate(played.same && played.atTrackCount < files.length, true),
      },
      figures: {
        readyAtFirstStartMs: Math.round(firstReadyMs),
        readyAfterRestartMs: { median: Math.round(median(readyMs)), all: readyMs.map(Math.round) },
        importSeconds: Number((importMs / 1000).toFixed(1)),
        tracksPerSecond: Number((files.length / (importMs / 1000)).toFixed(1)),
      },
    };
  },
};

async function playFirstTrack(client: SubsonicClient, files: readonly CollectionFile[]) {
  const song = await waitFor('a first track', async () => (await client.allSongs())[0]);
  const bytes = await (await fetch(client.url('stream', { id: String(song.id) }))).bytes();
  const atTrackCount = (await client.allSongs()).length;
  const digest = hash(bytes);
  const originals = await Promise.all(files.map(async ({ path }) => hash(await readFile(path))));
  return { atTrackCount, same: originals.includes(digest) };
}

/** Title, album, artist, numbers, duration, size and type of one file, as ffmpeg sees them, and its bytes. */
async function faultsOf(
  file: CollectionFile,
  songs: readonly Record<string, unknown>[],
  client: SubsonicClient,
): Promise<string[]> {
  const title = basename(file.path, extname(file.path));
  const name = `${file.format}/${title}`;
  const song = songs.find((candidate) => candidate.title === title && candidate.album === file.album);
  if (!song) return [`${name}: missing`];
  const { tags, durationMs } = await ffprobe(file.path);
  const source = await readFile(file.path);
  const expected = {
    artist: tags.artist,
    track: number(tags.track),
    discNumber: number(tags.disc),
    year: number(tags.date),
    genre: tags.genre,
    size: source.length,
    contentType: file.mediaType,
    suffix: extname(file.path).slice(1),
  };
  const faults = Object.entries(expected).flatMap(([field, wanted]) =>
    wanted === undefined || song[field] === wanted
      ? []
      : [`${name}: ${field} ${JSON.stringify(song[field])}, expected ${JSON.stringify(wanted)}`],
  );
  // Whole seconds on the wire.
  if (Math.abs(Number(song.duration) * 1000 - durationMs) > 500 + DURATION_TOLERANCE_MS) {
    faults.push(`${name}: duration ${String(song.duration)} s, expected ${durationMs / 1000}`);
  }
  const streamed = await (await fetch(client.url('stream', { id: String(song.id) }))).bytes();
  if (hash(streamed) !== hash(source)) faults.push(`${name}: other bytes`);
  return faults;
}

async function restarts(server: ClefServer, data: string, times: number): Promise<number[]> {
  await server.stop();
  const readyMs: number[] = [];
  for (let i = 0; i < times; i++) {
    const again = await startClef({ data });
    readyMs.push(again.readyAfterMs);
    await again.stop();
  }
  return readyMs;
}

function number(tag: string | undefined): number | undefined {
  return tag === undefined ? undefined : Number.parseInt(tag, 10);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
