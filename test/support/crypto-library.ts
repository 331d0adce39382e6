import type { AssetId, LayoutId, LibraryId } from '../../src/core/index.ts';
import { randomId } from '../../src/core/index.ts';
import {
  generateSigningKey,
  type SigningKey,
  signTrust,
  type Trust,
  verifyTrust,
} from '../../src/crypto/index.ts';

export interface CryptoLibrary {
  readonly libraryId: LibraryId;
  readonly root: SigningKey;
  /** Named in `trust`. */
  readonly signer: SigningKey;
  readonly trust: Trust;
}

/** A library's signing side, fresh: root key, one server's signing key, and the trust that names it. */
export async function createCryptoLibrary(): Promise<CryptoLibrary> {
  const libraryId = newId<LibraryId>();
  const root = await generateSigningKey();
  const signer = await generateSigningKey();
  const keys = [{ role: 'server', jwk: signer.publicJwk }] as const;
  const trust = await verifyTrust(await signTrust({ libraryId, version: 1, keys }, root), root.kid);
  return { libraryId, root, signer, trust };
}

export function newId<Id extends AssetId | LayoutId | LibraryId>(): Id {
  return randomId<Id>((length) => crypto.getRandomValues(new Uint8Array(length)));
}
