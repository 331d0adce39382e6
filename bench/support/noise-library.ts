import { join } from 'node:path';
import { type ClefServer, startClef } from '../../test/support/clef-process.ts';
import { SubsonicClient } from '../../test/support/subsonic-client.ts';
import { WITH_MANY_FILES } from './generate-load.ts';
import type { Target } from './load-job.ts';
import { type NoiseTrack, writeNoiseMusic } from './noise-music.ts';

export const FILES = 24;
export const FILE_BYTES = 32 * 1_048_576;
const IMPORT_TIMEOUT_MS = 300_000;
const IMPORT_POLL_MS = 200;

/** A server under load: where it listens, the process whose tree does the work, and what it serves. */
export interface LoadedServer {
  readonly port: number;
  readonly pid: number;
  readonly targets: readonly Target[];
}

export interface NoiseLibrary extends AsyncDisposable {
  readonly clef: LoadedServer;
  /** The source folder, and its files in the order of the targets. */
  readonly root: string;
  readonly tracks: readonly NoiseTrack[];
}

/** A Clef server that has imported files of noise into a vault of one node. */
export async function serveNoise(folder: string): Promise<NoiseLibrary> {
  const root = join(folder, 'music');
  const tracks = await writeNoiseMusic(root, FILES, FILE_BYTES);
  const server = await startClef({ data: join(folder, 'data'), folders: [root], wrapper: WITH_MANY_FILES });
  try {
    const clef = {
      port: Number(new URL(server.baseUrl).port),
      pid: server.process.pid ?? 0,
      targets: await importedTargets(server, tracks),
    };
    return { clef, root, tracks, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits for the import, and finds each file's track. */
async function importedTargets(server: ClefServer, tracks: readonly NoiseTrack[]): Promise<Target[]> {
  const client = new SubsonicClient(server.baseUrl, await server.credentials('bench'));
  const deadlineMs = performance.now() + IMPORT_TIMEOUT_MS;
  for (;;) {
    // Asked before the songs, so that none is missing once it is over.
    const scan = (await client.get('getScanStatus')).scanStatus;
    const finished = scan?.scanning === false && scan.lastScan !== undefined;
    const songs = await client.allSongs();
    const ids = new Map(songs.map((song) => [song['title'], song['id']]));
    const targets = tracks.flatMap(({ title, lengthBytes }) => {
      const id = ids.get(title);
      if (typeof id !== 'string') return [];
      const url = new URL(client.url('stream', { id, format: 'raw' }));
      return [{ path: url.pathname + url.search, lengthBytes }];
    });
    if (finished && targets.length === tracks.length) return targets;
    if (finished || performance.now() > deadlineMs) {
      throw new Error(`${targets.length} of ${tracks.length} tracks were imported:\n${server.log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, IMPORT_POLL_MS));
  }
}
