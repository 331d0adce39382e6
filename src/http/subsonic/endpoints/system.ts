import { ClefError } from '../../../core/index.ts';
import type { ScanControl, ScanStatus } from '../../ports.ts';
import { documentEndpoint, type Endpoints } from '../endpoint.ts';
import { type WireObject, wireDate } from '../wire/index.ts';

/** Only what is done in full. */
const EXTENSIONS = [
  'apiKeyAuthentication',
  'formPost',
  'indexBasedQueue',
  'playbackReport',
  'songLyrics',
  'topSongsByArtistId',
];

/** Public: a player asks for it before it knows how to sign in. */
export function openSubsonicExtensions(): WireObject {
  return { openSubsonicExtensions: EXTENSIONS.map((name) => ({ name, versions: [1] })) };
}

export function systemEndpoints(scan: ScanControl): Endpoints {
  return {
    ping: documentEndpoint(() => ({})),
    /** Clef is free software; players ask all the same. */
    getLicense: documentEndpoint(() => ({ license: { valid: true } })),
    tokenInfo: documentEndpoint(({ account, signedInWith }) => {
      if (signedInWith !== 'api-key') {
        throw new ClefError('invalid-api-key', 'tokenInfo tells about an API key; sign in with one');
      }
      return { tokenInfo: { username: account.name } };
    }),
    getScanStatus: documentEndpoint(() => ({ scanStatus: wireScanStatus(scan.status()) })),
    startScan: documentEndpoint(({ account }) => {
      if (account.role !== 'admin')
        throw new ClefError('not-allowed', 'only an administrator may start a scan');
      scan.start();
      return { scanStatus: wireScanStatus(scan.status()) };
    }),
  };
}

function wireScanStatus({ scanning, count, folderCount, lastScanMs }: ScanStatus): WireObject {
  return {
    scanning,
    count,
    folderCount,
    lastScan: lastScanMs === undefined ? undefined : wireDate(lastScanMs),
  };
}
