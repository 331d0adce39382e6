import { openKeptLibrary } from '../../src/web/kept/index.ts';
import {
  createTrackSource,
  databaseName,
  knownDevice,
  openDeviceDatabase,
} from '../../src/web/source/index.ts';

// Runs in a page of the player, as what a test calls there: `bundleForPage(keptPage, 'keptPage')`.

/** Bytes of a track as its source gives them, in base64; asked of what is kept first, as the player does. */
export async function read(basePath: string, accountId: string, trackId: string, chunkCount: number) {
  const name = databaseName(basePath, accountId);
  using database = await openDeviceDatabase(name);
  const device = await knownDevice(database);
  if (!device) throw new Error('this browser has no key');
  const source = createTrackSource({ basePath, device, kept: await openKeptLibrary(database, name) });
  const { signal } = new AbortController();
  const track = await source.open(trackId, signal);
  const chunks = Array.from({ length: chunkCount }, (_, chunk) => track.chunk(chunk, signal));
  return (await Promise.all(chunks)).map((bytes) => bytes.toBase64());
}

/** All that Cache Storage holds: the address and the bytes, in base64, of each answer. */
export async function cached() {
  const found: { cache: string; address: string; bytes: string }[] = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const response = (await cache.match(request)) as Response;
      const bytes = new Uint8Array(await response.arrayBuffer()).toBase64();
      found.push({ cache: name, address: request.url, bytes });
    }
  }
  return found;
}
