import { hash } from 'node:crypto';
import { BUCKET_COUNT } from '../../core/index.ts';

export interface Digest {
  readonly vb: number;
  /** 128 bits, base64url: a fixed-size stand-in for texts of any length. */
  readonly digest: string;
}

const DIGEST_BYTES = 16;

/** A text's digest and the bucket that it falls in. Written to disk: it must never change. */
export function digestOf(text: string): Digest {
  const bytes = hash('sha256', text, 'buffer');
  return {
    vb: bytes.readUInt16BE(0) % BUCKET_COUNT,
    digest: bytes.toString('base64url', 0, DIGEST_BYTES),
  };
}

/** Where a library's sources, files and lists lie. */
export function libraryBucket(libraryId: string): number {
  return digestOf(`library\0${libraryId}`).vb;
}

/** Where an asset lies: its id is random, so its first bits will do. */
export function assetBucket(assetId: string): number {
  return Number.parseInt(assetId.slice(0, 4), 16) % BUCKET_COUNT;
}

/** Where the genre with this folded name lies. */
export function genreBucket(genreKey: string): number {
  return digestOf(`genre\0${genreKey}`).vb;
}

/** The birth bucket of a user with this folded name: a sign-in by name asks one shard. */
export function userBucket(nameKey: string): number {
  return digestOf(`user\0${nameKey}`).vb;
}
