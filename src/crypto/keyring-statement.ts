import * as v from 'valibot';
import { type Bytes, ClefError, isClefError, type LibraryId, toBase64Url, utf8 } from '../core/index.ts';
import { HASH_BYTES, sha256 } from './hash.ts';
import { checkRecipient, type Recipient, recipientSchema } from './identity.ts';
import { base64UrlBytes, firstFault, hexId, wholeNumber } from './schemas.ts';
import type { SigningKey } from './signing-key.ts';
import { signStatement, verifyStatement } from './statement.ts';
import { embeddedKeyNamed } from './trust.ts';

const KEYRING_TYPE = 'clef-keyring';
const MAX_RECIPIENTS = 256;
const MAX_EPOCHS = 4_096;
/** Sealed secrets write it in 32 bits. */
const MAX_EPOCH = 2 ** 32 - 1;
const MAX_ADMINISTRATORS = 256;

/** `library`: keys of audio. `service`: keys of app passwords and the like. */
export type KeyringKind = 'library' | 'service';

/** What everyone may read of a keyring, and its signer vouches for. */
export interface KeyringStatement {
  readonly kind: KeyringKind;
  readonly libraryId: LibraryId;
  /** 1 for the first; each successor counts on. */
  readonly version: number;
  /** SHA-256 of the previous version's compact JWS; absent in version 1 only. */
  readonly previousHash?: Bytes;
  readonly recipients: readonly Recipient[];
  /** Key ids of the servers that may sign the next version. */
  readonly administrators: readonly string[];
  /** Numbers of the epochs whose keys lie inside, rising. */
  readonly epochs: readonly number[];
}

const jweSchema = v.strictObject({
  protected: v.string(),
  aad: v.string(),
  iv: v.string(),
  ciphertext: v.string(),
  tag: v.string(),
  recipients: v.array(
    v.strictObject({
      encrypted_key: v.string(),
      header: v.variant('alg', [
        v.strictObject({ alg: v.literal('RSA-OAEP-256'), kid: v.string() }),
        v.strictObject({
          alg: v.literal('ECDH-ES+A256KW'),
          kid: v.string(),
          epk: v.strictObject({
            kty: v.literal('EC'),
            crv: v.literal('P-256'),
            x: v.string(),
            y: v.string(),
          }),
        }),
      ]),
    }),
  ),
});
/** General JSON serialization, RFC 7516 section 7.2.1. */
export type KeyringJwe = v.InferOutput<typeof jweSchema>;

const keyringSchema = v.strictObject({
  format: v.literal(1),
  kind: v.picklist(['library', 'service']),
  library: hexId<LibraryId>(),
  version: wholeNumber(1),
  previous: v.optional(base64UrlBytes(HASH_BYTES)),
  recipients: v.pipe(v.array(recipientSchema), v.minLength(1), v.maxLength(MAX_RECIPIENTS)),
  administrators: v.pipe(v.array(v.string()), v.maxLength(MAX_ADMINISTRATORS)),
  epochs: v.pipe(v.array(wholeNumber(1, MAX_EPOCH)), v.minLength(1), v.maxLength(MAX_EPOCHS)),
  jwe: jweSchema,
});

/** A keyring whose signature holds and whose parts agree. Whether its signer may sign it is decided later. */
export interface SignedKeyring extends KeyringStatement {
  readonly jws: string;
  readonly hash: Bytes;
  readonly signerKid: string;
  readonly jwe: KeyringJwe;
}

/** What a reader already knows of the keyring it looks for. */
export interface KeyringTarget {
  readonly kind: KeyringKind;
  readonly libraryId: LibraryId;
  /** Thumbprint of the root key, pinned out of band. */
  readonly rootFingerprint: string;
}

export function signKeyring(
  statement: KeyringStatement,
  jwe: KeyringJwe,
  signer: SigningKey,
): Promise<string> {
  const value = {
    format: 1,
    kind: statement.kind,
    library: statement.libraryId,
    version: statement.version,
    previous: statement.previousHash === undefined ? undefined : toBase64Url(statement.previousHash),
    recipients: statement.recipients.map(({ role, thumbprint, jwk }) => ({
      role,
      thumbprint,
      jwk: { ...jwk },
    })),
    administrators: statement.administrators,
    epochs: statement.epochs,
    jwe,
  };
  return signStatement(KEYRING_TYPE, value, signer, { embedKey: true });
}

/** Throws `keyring-rejected`, whatever is wrong. */
export async function parseKeyring(jws: string, target: KeyringTarget): Promise<SignedKeyring> {
  const { header, value } = await verifyStatement(jws, KEYRING_TYPE, (header) =>
    embeddedKeyNamed(header, header.kid),
  ).catch((cause: unknown) => {
    if (isClefError(cause, 'signature-invalid')) throw keyringRejected(cause.message, cause);
    throw cause;
  });
  const parsed = v.safeParse(keyringSchema, value);
  if (!parsed.success) throw keyringRejected(firstFault(parsed.issues));
  const { kind, library: libraryId, version, previous, administrators, epochs, jwe } = parsed.output;
  if (kind !== target.kind) throw keyringRejected(`a ${target.kind} keyring expected, got a ${kind} keyring`);
  if (libraryId !== target.libraryId) {
    throw keyringRejected(`library ${target.libraryId} expected, got ${libraryId}`);
  }
  if ((previous === undefined) !== (version === 1)) {
    throw keyringRejected('every version but the first, and only these, name a previous one');
  }
  const recipients: Recipient[] = [];
  for (const claimed of parsed.output.recipients) recipients.push(await checkRecipient(claimed));
  assertRecipients(recipients, jwe);
  if (epochs.some((epoch, at) => at > 0 && epoch <= (epochs[at - 1] ?? 0))) {
    throw keyringRejected('its epochs do not rise');
  }
  return {
    kind,
    libraryId,
    version,
    ...(previous === undefined ? {} : { previousHash: previous }),
    recipients,
    administrators,
    epochs,
    jws,
    hash: await sha256(utf8(jws)),
    signerKid: header.kid,
    jwe,
  };
}

/** The JWE does not authenticate its recipient list, so the signed one is held against it, in order. */
function assertRecipients(recipients: readonly Recipient[], jwe: KeyringJwe): void {
  const names = recipients.map(({ thumbprint }) => thumbprint);
  if (new Set(names).size !== names.length) throw keyringRejected('it names a recipient twice');
  if (!recipients.some(({ role }) => role === 'recovery')) {
    throw keyringRejected('no recovery key is among its recipients');
  }
  const enveloped = jwe.recipients.map(({ header }) => header.kid);
  if (names.length !== enveloped.length || names.some((name, at) => name !== enveloped[at])) {
    throw keyringRejected('its envelopes are not those of its recipients');
  }
}

export function keyringRejected(what: string, cause?: unknown): ClefError {
  return new ClefError('keyring-rejected', `keyring: ${what}`, cause === undefined ? {} : { cause });
}
