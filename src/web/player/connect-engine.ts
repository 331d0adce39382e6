import { routes, type SessionAccount } from '../../api/index.ts';
import { basePath, call } from '../data/client.ts';
import type { Engine } from '../engine/port.ts';
import type { KeptLibrary } from '../kept/index.ts';
import type { BrowserTrackSource } from '../source/index.ts';
import { canDecodeHere } from './engine-choice.ts';
import type { TrackLengths } from './track-lengths.ts';

/** The part of the player that makes sound is loaded after the page: nothing plays before the first gesture. */
export async function connectEngine(
  account: SessionAccount,
  lengths: TrackLengths,
  { isBeside = false } = {},
): Promise<Engine> {
  if (!(await canDecodeHere())) return connectElements(account);
  const [{ createEngine }, { source }] = await Promise.all([
    import('../engine/index.ts'),
    openOwnMusic(account),
  ]);
  return createEngine({ source: lengths.noting(source), isBeside });
}

async function connectElements(account: SessionAccount): Promise<Engine> {
  const [{ createElementEngine }, { openSoundLink }, { databaseName }, device] = await Promise.all([
    import('../element/index.ts'),
    import('./open-sound-link.ts'),
    import('../source/index.ts'),
    registerDevice(account),
  ]);
  const name = databaseName(basePath, account.id);
  return createElementEngine(
    await openSoundLink({ basePath, accountId: account.id, databaseName: name, device }),
  );
}

/** What an account plays on this device, and what of it is kept here. */
export interface OwnMusic {
  readonly source: BrowserTrackSource;
  readonly kept: KeptLibrary;
}

const opened = new Map<string, Promise<OwnMusic>>();

/** One an account, for as long as the window is open: its database stays open with it. */
export function openOwnMusic(account: SessionAccount): Promise<OwnMusic> {
  const opening =
    opened.get(account.id) ??
    openMusic(account).catch((error: unknown) => {
      opened.delete(account.id);
      throw error;
    });
  opened.set(account.id, opening);
  return opening;
}

async function openMusic(account: SessionAccount): Promise<OwnMusic> {
  const [{ createTrackSource }, kept, device] = await Promise.all([
    import('../source/index.ts'),
    openKept(account),
    registerDevice(account),
  ]);
  return { source: createTrackSource({ basePath, device, kept }), kept };
}

async function openKept({ id }: SessionAccount): Promise<KeptLibrary> {
  const [{ openKeptLibrary }, { databaseName, openDeviceDatabase }] = await Promise.all([
    import('../kept/index.ts'),
    import('../source/index.ts'),
  ]);
  const name = databaseName(basePath, id);
  return openKeptLibrary(await openDeviceDatabase(name), name);
}

/**
 * This browser's key, known to the server. Rejects with an `ApiError` of 403 where it is new and the session is no
 * longer fresh: the password is then to be given again.
 */
export async function registerDevice({ id }: SessionAccount) {
  const { databaseName, deviceName, ensureDevice, openDeviceDatabase } = await import('../source/index.ts');
  const name = databaseName(basePath, id);
  using database = await openDeviceDatabase(name);
  return await ensureDevice(database, name, (publicKey) =>
    call(routes.addDevice, { body: { name: deviceName(navigator.userAgent), publicKey } }),
  );
}

/** After it was revoked: the next key is another device, and what was kept for this one opens no more. */
export async function forgetOwnDevice(account: SessionAccount): Promise<void> {
  const { databaseName, forgetDevice, openDeviceDatabase } = await import('../source/index.ts');
  using database = await openDeviceDatabase(databaseName(basePath, account.id));
  await forgetDevice(database);
  opened.delete(account.id);
  const kept = await openKept(account);
  for (const { id } of await kept.lists()) await kept.remove(id);
}
