import * as v from 'valibot';
import {
  type Bytes,
  fromBase64Url,
  fromUtf8,
  isHexId,
  toBase64Url,
  type TrackId,
  type UploadId,
  type UserId,
  utf8,
} from '../core/index.ts';
import type { ErrorCode } from '../core/index.ts';
import { openSecret, sealSecret, type ServiceKeyring } from '../crypto/index.ts';
import type { UploadFacts, UploadOutcome } from './upload.ts';

/** What is kept of an upload beside its bytes: sealed, since a file's name says what is in it. */
export interface UploadHead extends UploadFacts {
  /** Random; seals the blocks of this upload alone. */
  readonly key: Bytes;
  readonly outcome?: UploadOutcome;
}

/** Names both files of an upload, but for their endings. */
export type UploadPlace = Pick<UploadFacts, 'id' | 'userId'>;

const id = v.pipe(
  v.number(),
  v.safeInteger(),
  v.transform((value) => value as TrackId),
);
const outcome = v.variant('kind', [
  v.strictObject({ kind: v.literal('added'), trackId: id }),
  v.strictObject({ kind: v.literal('duplicate'), trackId: id }),
  v.strictObject({
    kind: v.literal('refused'),
    code: v.custom<ErrorCode>((value) => typeof value === 'string'),
    reason: v.string(),
  }),
]);
const headSchema = v.strictObject({
  version: v.literal(1),
  name: v.string(),
  lengthBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  modifiedMs: v.number(),
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/), v.transform(fromBase64Url)),
  outcome: v.exactOptional(outcome),
});

const BASE_NAME = /^(?<user>\d{1,16})-(?<upload>[0-9a-f]{32})$/;

export function baseName({ userId, id: uploadId }: UploadPlace): string {
  return `${userId}-${uploadId}`;
}

export function parseBaseName(text: string): UploadPlace | undefined {
  const { user, upload } = BASE_NAME.exec(text)?.groups ?? {};
  if (user === undefined || upload === undefined || !isHexId(upload)) return undefined;
  return { id: upload as UploadId, userId: Number(user) as UserId };
}

/** Bound to account and upload: under another name it does not open. */
function placeOf({ userId, id: uploadId }: UploadPlace) {
  return { purpose: 'upload', userId: String(userId), credentialId: uploadId };
}

/** Text of one line. */
export async function encodeHead(keyring: ServiceKeyring, head: UploadHead): Promise<string> {
  const { name, lengthBytes, modifiedMs, key, outcome: known } = head;
  const fields: v.InferInput<typeof headSchema> = {
    version: 1,
    name,
    lengthBytes,
    modifiedMs,
    key: toBase64Url(key),
    ...(known && { outcome: known }),
  };
  return toBase64Url(await sealSecret(keyring, placeOf(head), utf8(JSON.stringify(fields))));
}

/** Throws for whatever `encodeHead` did not write under this name. */
export async function decodeHead(
  keyring: ServiceKeyring,
  place: UploadPlace,
  text: string,
): Promise<UploadHead> {
  const json = fromUtf8(await openSecret(keyring, placeOf(place), fromBase64Url(text)));
  const { version: _version, ...fields } = v.parse(v.pipe(v.string(), v.parseJson(), headSchema), json);
  return { ...place, ...fields };
}
