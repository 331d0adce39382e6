import * as v from 'valibot';
import { ClefError, fromBase64Url, isHexId, type LibraryId, toBase64Url } from '../core/index.ts';
import { HASH_BYTES, type KeyringHead } from '../crypto/index.ts';
import type { SeenKeys } from './library-keys.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const MAX_STATEMENTS = 4_096;
/** All versions of both keyrings, some KB each, and more with every epoch: a hundred pass a MiB. */
const MAX_SEEN_BYTES = 2 ** 26;
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const headSchema = v.strictObject({
  version,
  hash: v.pipe(
    v.string(),
    v.regex(/^[\w-]+$/),
    v.transform(fromBase64Url),
    v.check((bytes) => bytes.length === HASH_BYTES),
  ),
});
const jwsList = v.pipe(v.array(v.string()), v.maxLength(MAX_STATEMENTS));
const schema = v.strictObject({
  format: v.literal('clef-keyrings-seen'),
  version: v.literal(1),
  libraryId: v.pipe(v.string(), v.check(isHexId)),
  rootFingerprint: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  heads: v.strictObject({ library: headSchema, service: headSchema }),
  trustVersion: version,
  statements: v.strictObject({ library: jwsList, service: jwsList, trust: jwsList }),
});

/**
 * The memory of what keyrings this server has accepted, in its data folder. Nothing in it is secret; it is kept from
 * others' hands because whoever could exchange it could pin another root.
 * Undefined where there is none yet, `data-invalid` where it is damaged.
 */
export async function readSeenKeys(path: string): Promise<SeenKeys | undefined> {
  const text = await readPrivateFile(path, {
    what: 'the memory of seen keyrings',
    exposed: 'accept',
    maxBytes: MAX_SEEN_BYTES,
  });
  if (text === undefined) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'its form';
    throw new ClefError('data-invalid', `the memory of seen keyrings is damaged (${where})`);
  }
  const { libraryId, rootFingerprint, heads, trustVersion, statements } = parsed.output;
  return { libraryId: libraryId as LibraryId, rootFingerprint, heads, trustVersion, statements };
}

/** Durable when it returns; keys that were loaded are used only after this. */
export async function writeSeenKeys(path: string, seen: SeenKeys): Promise<void> {
  const { libraryId, rootFingerprint, heads, trustVersion, statements } = seen;
  const value = {
    format: 'clef-keyrings-seen',
    version: 1,
    libraryId,
    rootFingerprint,
    heads: { library: wireHead(heads.library), service: wireHead(heads.service) },
    trustVersion,
    statements,
  };
  await writePrivateFile(path, `${JSON.stringify(value, null, 2)}\n`, { existing: 'replace' });
}

function wireHead({ version, hash }: KeyringHead) {
  return { version, hash: toBase64Url(hash) };
}
