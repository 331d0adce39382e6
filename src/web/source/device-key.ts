import { toBase64Url, utf8 } from '../../core/index.ts';
import type { DeviceDatabase } from './database.ts';
import type { Device } from './play-keys.ts';

/** RFC 7518 section 6.2.1. */
export interface DevicePublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

interface StoredDevice extends Device {
  readonly publicKey: DevicePublicKey;
  /** The server has it. */
  readonly registered: boolean;
}

const KEY = 'device';

/**
 * This browser's key for the account: made where there is none, and registered where the server does not have it yet.
 * Tabs take turns, so that they share one. What `register` throws, as for want of a fresh session, is passed on; the
 * same key is registered the next time.
 */
export function ensureDevice(
  database: DeviceDatabase,
  lockName: string,
  register: (publicKey: DevicePublicKey) => Promise<unknown>,
): Promise<Device> {
  return navigator.locks.request(`${lockName} device`, async () => {
    let stored = await database.get<StoredDevice>('keys', KEY);
    if (!stored) {
      stored = await createDevice();
      await database.put('keys', KEY, stored);
    }
    if (!stored.registered) {
      await register(stored.publicKey);
      await database.put('keys', KEY, { ...stored, registered: true });
    }
    const { thumbprint, privateKey } = stored;
    return { thumbprint, privateKey };
  });
}

/** The key that is there, registered or not; undefined where none was made. */
export function knownDevice(database: DeviceDatabase): Promise<Device | undefined> {
  return database.get<StoredDevice>('keys', KEY);
}

/** After the server revoked it: the next one is another device, which takes a fresh session. */
export function forgetDevice(database: DeviceDatabase): Promise<void> {
  return database.delete('keys', KEY);
}

async function createDevice(): Promise<StoredDevice> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: 'ECDH', namedCurve: 'P-256' },
    // No script can read it out of the browser; the public half always can be.
    false,
    ['deriveBits'],
  );
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const;
  return { publicKey: jwk, thumbprint: await thumbprintOf(jwk), privateKey, registered: false };
}

/** RFC 7638 section 3: the required members alone, in the order of their names. */
export async function thumbprintOf({ crv, kty, x, y }: DevicePublicKey): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(JSON.stringify({ crv, kty, x, y })));
  return toBase64Url(new Uint8Array(digest));
}
