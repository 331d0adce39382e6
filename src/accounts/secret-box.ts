import { LRUCache } from 'lru-cache';
import { type Bytes, fromUtf8, type UserId, utf8 } from '../core/index.ts';
import { openSecret, type SecretPlace, type ServiceKeyring, sealSecret } from '../crypto/index.ts';
import type { CredentialId, StoredAppPassword } from './port.ts';

/** What a sealed secret is bound to: moved to another row, it does not open. */
export interface SecretContext {
  readonly purpose: 'app-password';
  readonly userId: UserId;
  readonly credentialId: CredentialId;
}

/** Seals secrets that the server must be able to read again; stands on the service keyring. */
export interface SecretBox {
  seal(context: SecretContext, secret: string): Promise<Bytes>;
  /** `decryption-failed` where it does not open under this context. */
  open(context: SecretContext, sealed: Bytes): Promise<string>;
}

/** `keyring` is asked each time: a rotation takes effect with the next secret that is sealed. */
export function createSecretBox(keyring: () => ServiceKeyring): SecretBox {
  return {
    seal: (context, secret) => sealSecret(keyring(), placeOf(context), utf8(secret)),
    open: async (context, sealed) => fromUtf8(await openSecret(keyring(), placeOf(context), sealed)),
  };
}

function placeOf({ purpose, userId, credentialId }: SecretContext): SecretPlace {
  return { purpose, userId: String(userId), credentialId: String(credentialId) };
}

const MAX_OPENED = 4_096;

/**
 * App passwords that were opened lately. A credential's secret never changes and its row is read anew at every sign-in,
 * so an entry cannot be stale; forgetting a revoked one only keeps it out of memory.
 */
export class OpenedSecrets {
  readonly #box: SecretBox;
  readonly #opened = new LRUCache<CredentialId, { readonly sealed: Bytes; readonly secret: string }>({
    max: MAX_OPENED,
  });

  constructor(box: SecretBox) {
    this.#box = box;
  }

  async seal(context: SecretContext, secret: string): Promise<Bytes> {
    return this.#box.seal(context, secret);
  }

  async open({ id, userId, sealedSecret }: StoredAppPassword): Promise<string> {
    const known = this.#opened.get(id);
    if (known !== undefined && sameBytes(known.sealed, sealedSecret)) return known.secret;
    const secret = await this.#box.open({ purpose: 'app-password', userId, credentialId: id }, sealedSecret);
    this.#opened.set(id, { sealed: sealedSecret, secret });
    return secret;
  }

  forget(id: CredentialId): void {
    this.#opened.delete(id);
  }
}

function sameBytes(a: Bytes, b: Bytes): boolean {
  return Buffer.compare(a, b) === 0;
}
