import type { PlayKeysPayload, ReadyToPlay } from '../../api/reading.ts';
import { type Bytes, ClefError, fromBase64Url, fromUtf8 } from '../../core/index.ts';
import { openCompactJwe } from './jwe.ts';

/** What opens keys on this device. */
export interface Device {
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  /** EC P-256, `deriveBits`, not extractable. */
  readonly privateKey: CryptoKey;
}

export interface PlayKeys {
  readonly audio: Bytes;
  readonly table: Bytes;
  /** By the server's clock. */
  readonly issuedAtMs: number;
}

/** Opens the track's keys, and holds what their protected header says against the rest of the answer. */
export async function openPlayKeys({ keys, audio }: ReadyToPlay, device: Device): Promise<PlayKeys> {
  const { header, payload } = await openCompactJwe(keys, device.privateKey);
  const { library, asset, device: sealedTo, iat } = header;
  if (
    library !== audio.libraryId ||
    asset !== audio.assetId ||
    sealedTo !== device.thumbprint ||
    !Number.isSafeInteger(iat)
  ) {
    throw new ClefError('decryption-failed', 'the keys are for another asset or device');
  }
  const opened = JSON.parse(fromUtf8(payload)) as PlayKeysPayload;
  return {
    audio: fromBase64Url(opened.audio),
    table: fromBase64Url(opened.table),
    issuedAtMs: (iat as number) * 1_000,
  };
}
