import { routes, type SessionAccount } from '../../api/index.ts';
import { basePath, call } from '../data/client.ts';
import type { Engine } from '../engine/port.ts';

/** The part of the player that makes sound is loaded after the page: nothing plays before the first gesture. */
export async function connectEngine(account: SessionAccount): Promise<Engine> {
  const [{ createEngine }, { createTrackSource }, device] = await Promise.all([
    import('../engine/index.ts'),
    import('../source/index.ts'),
    registerDevice(account),
  ]);
  return createEngine({ source: createTrackSource({ basePath, device }) });
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

/** After it was revoked: the next key is another device. */
export async function forgetOwnDevice({ id }: SessionAccount): Promise<void> {
  const { databaseName, forgetDevice, openDeviceDatabase } = await import('../source/index.ts');
  using database = await openDeviceDatabase(databaseName(basePath, id));
  await forgetDevice(database);
}
