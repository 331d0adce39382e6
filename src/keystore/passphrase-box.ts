import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import * as v from 'valibot';
import {
  type Bytes,
  ClefError,
  concatBytes,
  fromBase64Url,
  fromUtf8,
  toBase64Url,
  utf8,
} from '../core/index.ts';
import { canonicalPassphrase, wrongPassphrase } from './passphrase.ts';

const derive = promisify(argon2);

/** RFC 9106 section 4 names 64 MiB for the constrained; one opening a start can afford twice that. */
const COST = { memoryKib: 131_072, passes: 3, parallelism: 4 } as const;
/** What a file may ask of this machine before it is taken for damaged. */
const MAX_MEMORY_KIB = 1 << 20;
const MAX_PASSES = 32;
const MAX_PARALLELISM = 16;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

const bytesOf = (lengthBytes: number) =>
  v.pipe(
    v.string(),
    v.regex(/^[\w-]+$/),
    v.transform(fromBase64Url),
    v.check((bytes) => bytes.length === lengthBytes),
  );
const upTo = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

const headSchema = v.strictObject({
  format: v.literal('clef-sealed-key'),
  version: v.literal(1),
  kdf: v.literal('argon2id'),
  memoryKib: v.pipe(upTo(MAX_MEMORY_KIB), v.minValue(8 * MAX_PARALLELISM)),
  passes: upTo(MAX_PASSES),
  parallelism: upTo(MAX_PARALLELISM),
  salt: bytesOf(SALT_BYTES),
  nonce: bytesOf(NONCE_BYTES),
});
const boxSchema = v.strictObject({
  ...headSchema.entries,
  sealed: v.pipe(v.string(), v.regex(/^[\w-]+$/), v.transform(fromBase64Url)),
});

type Head = v.InferOutput<typeof headSchema>;

/** Text under a passphrase: Argon2id, then AES-256-GCM with everything else in the file as its AAD. */
export async function sealWithPassphrase(text: string, passphrase: string): Promise<string> {
  const head: Head = {
    format: 'clef-sealed-key',
    version: 1,
    kdf: 'argon2id',
    ...COST,
    salt: Uint8Array.from(randomBytes(SALT_BYTES)),
    nonce: Uint8Array.from(randomBytes(NONCE_BYTES)),
  };
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(passphrase, head), head.nonce);
  cipher.setAAD(aadOf(head));
  const sealed = concatBytes(cipher.update(utf8(text)), cipher.final(), cipher.getAuthTag());
  return `${JSON.stringify({ ...wire(head), sealed: toBase64Url(sealed) }, null, 2)}\n`;
}

/** `wrong-passphrase`, or `data-invalid` on text that is no such box; `what` names the content in messages. */
export async function openWithPassphrase(box: string, passphrase: string, what: string): Promise<string> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), boxSchema), box);
  if (!parsed.success || parsed.output.sealed.length < TAG_BYTES) {
    throw new ClefError('data-invalid', `${what} is damaged, or is not sealed with a passphrase`);
  }
  const { sealed, ...head } = parsed.output;
  const decipher = createDecipheriv('aes-256-gcm', await keyFrom(passphrase, head), head.nonce);
  decipher.setAAD(aadOf(head));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return fromUtf8(concatBytes(decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()));
  } catch {
    throw wrongPassphrase(passphrase, what);
  }
}

function keyFrom(passphrase: string, head: Head): Promise<Buffer> {
  return derive('argon2id', {
    message: canonicalPassphrase(passphrase),
    nonce: head.salt,
    memory: head.memoryKib,
    passes: head.passes,
    parallelism: head.parallelism,
    tagLength: KEY_BYTES,
  });
}

/** In the order of the schema, whatever the order in the file. */
function wire({ salt, nonce, ...rest }: Head) {
  return { ...rest, salt: toBase64Url(salt), nonce: toBase64Url(nonce) };
}

function aadOf({ format, version, kdf, memoryKib, passes, parallelism, salt, nonce }: Head): Bytes {
  return utf8(JSON.stringify(wire({ format, version, kdf, memoryKib, passes, parallelism, salt, nonce })));
}
