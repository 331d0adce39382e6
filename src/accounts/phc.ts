import { asBytes, type Bytes } from '../core/index.ts';

/** RFC 9106 section 3.1: m, t and p. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

export interface Argon2idHash extends Argon2Cost {
  readonly salt: Bytes;
  readonly hash: Bytes;
}

/** What a hash from the database may ask of this machine before it is taken for damaged. */
const MAX_MEMORY_KIB = 1 << 20;
const MAX_PASSES = 64;
const MAX_PARALLELISM = 64;
const MIN_SALT_BYTES = 8;
const MIN_HASH_BYTES = 16;

const PHC =
  /^\$argon2id\$v=19\$m=(?<m>\d{1,9}),t=(?<t>\d{1,9}),p=(?<p>\d{1,9})\$(?<salt>[A-Za-z0-9+/]{8,128})\$(?<hash>[A-Za-z0-9+/]{16,256})$/;

/** The PHC string format (github.com/P-H-C/phc-string-format): `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export function formatPhc({ memoryKib, passes, parallelism, salt, hash }: Argon2idHash): string {
  const b64 = (bytes: Bytes) => bytes.toBase64({ omitPadding: true });
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${b64(salt)}$${b64(hash)}`;
}

/** Undefined for anything else, and for costs that no sane writer chose. */
export function parsePhc(text: string): Argon2idHash | undefined {
  const groups = PHC.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const [memoryKib, passes, parallelism] = [groups.m, groups.t, groups.p].map(Number) as [
    number,
    number,
    number,
  ];
  const salt = decode(groups.salt);
  const hash = decode(groups.hash);
  if (salt === undefined || hash === undefined) return undefined;
  const sane =
    passes >= 1 &&
    passes <= MAX_PASSES &&
    parallelism >= 1 &&
    parallelism <= MAX_PARALLELISM &&
    memoryKib >= 8 * parallelism &&
    memoryKib <= MAX_MEMORY_KIB &&
    salt.length >= MIN_SALT_BYTES &&
    hash.length >= MIN_HASH_BYTES;
  return sane ? { memoryKib, passes, parallelism, salt, hash } : undefined;
}

function decode(base64: string | undefined): Bytes | undefined {
  try {
    return asBytes(Uint8Array.fromBase64(base64 ?? ''));
  } catch {
    return undefined;
  }
}
