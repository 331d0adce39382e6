import { type Bytes, ClefError, concatBytes, equalBytes } from '../core/index.ts';
import { type AeadFactory, webCryptoAead } from './aead.ts';
import { COMMITMENT_BYTES, SALT_BYTES } from './asset-header.ts';
import { decryptionFailed } from './failure.ts';
import { extract, labelled } from './hkdf.ts';
import { randomBytes } from './random.ts';
import { CHUNK_BYTES, chunkPlainLength, SEALED_CHUNK_BYTES, sealedLength, TAG_BYTES } from './sizes.ts';
import { chunkCipher } from './stream.ts';
import { assertKey } from './track-key.ts';

/** What a document is sealed under, and what it says it is; equal ends on both sides or it does not open. */
export interface DocumentBinding {
  readonly key: Bytes;
  /** Becomes `<label>` and `<label>/commit`; holds no zero byte. */
  readonly label: string;
  readonly context: Bytes;
}

const VERSION = 1;
const SALT_OFFSET = 1;
const COMMITMENT_OFFSET = SALT_OFFSET + SALT_BYTES;
const BODY_OFFSET = COMMITMENT_OFFSET + COMMITMENT_BYTES;

/** Length of a sealed document, for limits. */
export function sealedDocumentLength(plaintextBytes: number): number {
  return BODY_OFFSET + sealedLength(plaintextBytes);
}

/**
 * A whole byte string under a key that seals many: a fresh 32-byte salt gives each its own AES key, so the
 * counting nonces of its stream never meet those of another. version ‖ salt ‖ commitment ‖ chunks.
 */
export async function sealDocument(
  binding: DocumentBinding,
  plaintext: Bytes,
  aead: AeadFactory = webCryptoAead,
): Promise<Bytes> {
  const salt = randomBytes(SALT_BYTES);
  const { commitment, key } = await documentKeys(binding, salt);
  const cipher = chunkCipher(await aead(key), plaintext.length);
  const sealed: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const start = index * CHUNK_BYTES;
    const chunk = plaintext.subarray(start, start + chunkPlainLength(index, plaintext.length));
    sealed.push(await cipher.sealChunk(index, chunk));
  }
  return concatBytes(Uint8Array.of(VERSION), salt, commitment, ...sealed);
}

/** Throws `unsupported-format` over the limit or of another version, else one opaque `decryption-failed`. */
export async function openDocument(
  binding: DocumentBinding,
  sealed: Uint8Array,
  maxPlaintextBytes: number,
  aead: AeadFactory = webCryptoAead,
): Promise<Bytes> {
  if (sealed.length < BODY_OFFSET + TAG_BYTES) throw decryptionFailed();
  if (sealed[0] !== VERSION) {
    throw new ClefError(
      'unsupported-format',
      `sealed document: version ${VERSION} expected, got ${sealed[0]}`,
    );
  }
  const body = sealed.subarray(BODY_OFFSET);
  const plainLength = body.length - Math.ceil(body.length / SEALED_CHUNK_BYTES) * TAG_BYTES;
  if (plainLength > maxPlaintextBytes) {
    throw new ClefError(
      'unsupported-format',
      `sealed document: at most ${maxPlaintextBytes} bytes expected, got ${plainLength}`,
    );
  }
  // A last chunk of a tag alone is legal in an empty document only.
  if (plainLength < 0 || body.length !== sealedLength(plainLength)) {
    throw decryptionFailed();
  }
  const salt = new Uint8Array(sealed.subarray(SALT_OFFSET, COMMITMENT_OFFSET));
  const { commitment, key } = await documentKeys(binding, salt);
  if (!equalBytes(commitment, sealed.subarray(COMMITMENT_OFFSET, BODY_OFFSET))) throw decryptionFailed();
  const cipher = chunkCipher(await aead(key), plainLength);
  const opened: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const start = index * SEALED_CHUNK_BYTES;
    opened.push(await cipher.openChunk(index, body.subarray(start, start + SEALED_CHUNK_BYTES)));
  }
  return concatBytes(...opened);
}

async function documentKeys(
  binding: DocumentBinding,
  salt: Bytes,
): Promise<{ commitment: Bytes; key: Bytes }> {
  assertKey(binding.key);
  const expand = await extract(salt, binding.key);
  return {
    commitment: await expand(labelled(`${binding.label}/commit`, binding.context)),
    key: await expand(labelled(binding.label, binding.context)),
  };
}
