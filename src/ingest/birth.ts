import * as v from 'valibot';
import type { AudioProperties, CompanionKind, TrackTags } from '../catalog/index.ts';
import { type AssetId, type Bytes, fromBase64Url, isHexId, toBase64Url } from '../core/index.ts';
import type { JsonValue } from '../crypto/index.ts';
import { audioSchema, line, tagsSchema } from './probe/answer.ts';

/** What an original's sealed birth record tells: enough to put the track back into an empty catalogue. */
export interface TrackBirth {
  readonly contentHash: Bytes;
  readonly tags: TrackTags;
  readonly fallbackTitle: string;
  readonly audio: AudioProperties;
  /** The cover, an asset of its own, by the hash in its birth record. */
  readonly coverHash?: Bytes;
}

export interface CoverBirth {
  readonly contentHash: Bytes;
  readonly mediaType: string;
}

/** What the sealed birth record of a packet table or a rendition tells: whose it is. */
export interface CompanionBirth {
  readonly parent: AssetId;
  readonly companion: CompanionKind;
  readonly mediaType: string;
}

/** A record holds a mebibyte; lyrics beyond half of it stay in the file and in the library log. */
const LONGEST_LYRICS_JSON = 512 * 1024;

export function encodeTrackBirth(birth: TrackBirth): JsonValue {
  const { contentHash, coverHash, fallbackTitle, audio, tags } = birth;
  const fits = JSON.stringify(tags.lyrics).length <= LONGEST_LYRICS_JSON;
  const record = {
    contentHash: toBase64Url(contentHash),
    ...(coverHash && { coverHash: toBase64Url(coverHash) }),
    fallbackTitle,
    audio,
    tags: fits ? tags : { ...tags, lyrics: [] },
  };
  // Plain data without an undefined; its interfaces only lack the index signature.
  return record as unknown as JsonValue;
}

export function encodeCoverBirth({ contentHash, mediaType }: CoverBirth): JsonValue {
  return { contentHash: toBase64Url(contentHash), mediaType };
}

export function encodeCompanionBirth({ parent, companion, mediaType }: CompanionBirth): JsonValue {
  return { parent, companion, mediaType };
}

const hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/), v.transform(fromBase64Url));

const trackBirth = v.strictObject({
  contentHash: hash,
  coverHash: v.exactOptional(hash),
  fallbackTitle: line,
  audio: audioSchema,
  tags: tagsSchema,
});

const coverBirth = v.strictObject({
  contentHash: hash,
  mediaType: v.pipe(v.string(), v.regex(/^image\/[a-z0-9.+-]{1,32}$/)),
});

const companionBirth = v.strictObject({
  parent: v.custom<AssetId>((value) => typeof value === 'string' && isHexId(value)),
  companion: v.picklist(['packet-table', 'flac', 'opus']),
  mediaType: v.pipe(v.string(), v.regex(/^[a-z]+\/[a-z0-9.+-]{1,64}(;codec=[a-z0-9]{1,16})?$/)),
});

/** Undefined for a record that no import of this version wrote. */
export function parseTrackBirth(birth: JsonValue): TrackBirth | undefined {
  const found = v.safeParse(trackBirth, birth);
  return found.success ? found.output : undefined;
}

export function parseCoverBirth(birth: JsonValue): CoverBirth | undefined {
  const found = v.safeParse(coverBirth, birth);
  return found.success ? found.output : undefined;
}

export function parseCompanionBirth(birth: JsonValue): CompanionBirth | undefined {
  const found = v.safeParse(companionBirth, birth);
  return found.success ? found.output : undefined;
}
