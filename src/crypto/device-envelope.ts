import type { AssetId, Bytes, LibraryId } from '../core/index.ts';
import { createRecipient, keyManagementOf } from './identity.ts';
import { loadJose } from './load-jose.ts';

const CONTENT_ENCRYPTION = 'A256GCM';
const PLAY_KEYS_TYPE = 'clef-play-keys';

/** What an envelope says in the clear and authenticates: whose keys it holds, for whom, since when. */
export interface EnvelopeFacts {
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly issuedAtMs: number;
}

/**
 * A compact JWE (RFC 7516) to a device's public key. Its protected header names library, asset, device and, in seconds,
 * the time, so that an envelope for one song or device is not taken for that of another.
 */
export async function sealToDevice(
  publicKey: JsonWebKey,
  { libraryId, assetId, issuedAtMs }: EnvelopeFacts,
  plaintext: Bytes,
): Promise<string> {
  // Checks the key, and computes the name that the device knows itself by.
  const { jwk, thumbprint } = await createRecipient('user', publicKey);
  const { CompactEncrypt } = await loadJose();
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({
      alg: keyManagementOf(jwk),
      enc: CONTENT_ENCRYPTION,
      typ: PLAY_KEYS_TYPE,
      library: libraryId,
      asset: assetId,
      device: thumbprint,
      iat: Math.floor(issuedAtMs / 1000),
    })
    .encrypt({ ...jwk });
}
