import { type KeepProgress, openKeptLibrary } from '../../src/web/kept/index.ts';
import {
  type BrowserTrackSource,
  createTrackSource,
  databaseName,
  type DeviceDatabase,
  ensureDevice,
  forgetDevice,
  openDeviceDatabase,
} from '../../src/web/source/index.ts';

// Runs in a page, as what a test calls there: `bundleForPage(sourcePage, 'page')`.

const NAME = databaseName('', 'us-1');
const never = new AbortController().signal;

/** Makes the key, and tells the server beside the page's own path. */
async function device(): Promise<{ thumbprint: string; extractable: boolean; registrations: number }> {
  using database = await openDeviceDatabase(NAME);
  let registrations = 0;
  const { thumbprint, privateKey } = await ensureDevice(database, NAME, async (publicKey) => {
    registrations++;
    await fetch('/devices', { method: 'POST', body: JSON.stringify(publicKey) });
  });
  return { thumbprint, extractable: privateKey.extractable, registrations };
}

export const deviceInTwoTurns = () => Promise.all([device(), device()]);

export async function forget(): Promise<void> {
  using database = await openDeviceDatabase(NAME);
  await forgetDevice(database);
}

async function sourceOf(database: DeviceDatabase): Promise<BrowserTrackSource> {
  const device = await ensureDevice(database, NAME, async () => undefined);
  return createTrackSource({ basePath: '', device, kept: await openKeptLibrary(database, NAME) });
}

/** Keeps a list of these tracks, and answers what was told of its progress; or the name of what it threw. */
export async function keep(id: string, trackIds: readonly string[], untilPieces = Infinity) {
  using database = await openDeviceDatabase(NAME);
  const library = await openKeptLibrary(database, NAME);
  const enough = new AbortController();
  const told: KeepProgress[] = [];
  try {
    await library.keep(
      { id, trackIds, about: 'Ein Album' },
      {
        source: await sourceOf(database),
        signal: enough.signal,
        onProgress(progress) {
          told.push(progress);
          if (progress.keptPieces >= untilPieces) enough.abort();
        },
      },
    );
    return told.at(-1);
  } catch (error) {
    return (error as Error).name;
  }
}

export async function kept() {
  using database = await openDeviceDatabase(NAME);
  const library = await openKeptLibrary(database, NAME);
  const pieces = await (await caches.open(NAME)).keys();
  return { lists: await library.lists(), pieces: pieces.length, space: await library.space() };
}

export async function removeKept(id: string): Promise<void> {
  using database = await openDeviceDatabase(NAME);
  await (await openKeptLibrary(database, NAME)).remove(id);
}

/** SHA-256 of each chunk, in hexadecimal; or what the source rejected with. */
export async function play(trackId: string, chunkCount: number) {
  using database = await openDeviceDatabase(NAME);
  const source = await sourceOf(database);
  try {
    const track = await source.open(trackId, never);
    const chunks = Array.from({ length: chunkCount }, async (_, chunk) => {
      const digest = await crypto.subtle.digest('SHA-256', (await track.chunk(chunk, never)).slice());
      return new Uint8Array(digest).toHex();
    });
    return await Promise.all(chunks);
  } catch (fault) {
    return String((fault as { kind?: unknown }).kind ?? fault);
  }
}
