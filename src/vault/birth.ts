import * as v from 'valibot';
import { ClefError } from '../core/index.ts';
import {
  type JsonValue,
  type Manifest,
  MAX_ASSET_BYTES,
  openRecord,
  type TrackKey,
} from '../crypto/index.ts';

export type AssetKind = 'original' | 'rendition' | 'cover' | 'packet-table';

/** What an asset was when it was sealed; lies sealed in its manifest, and recovery starts from it. */
export interface AssetFacts {
  readonly kind: AssetKind;
  /** True length of the plaintext, without padding. */
  readonly lengthBytes: number;
  /** What the importer knew: media type, tags, parent asset. Its shape is the importer's. */
  readonly birth: JsonValue;
}

/** The place of the birth record among an asset's records. */
export const BIRTH_RECORD = { revision: 0, type: 'birth' } as const;

const factsSchema = v.strictObject({
  kind: v.picklist(['original', 'rendition', 'cover', 'packet-table']),
  lengthBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_ASSET_BYTES)),
  birth: v.custom<JsonValue>((value) => value !== undefined),
});

export function encodeFacts({ kind, lengthBytes, birth }: AssetFacts): JsonValue {
  return { kind, lengthBytes, birth };
}

/** Throws `decryption-failed` under a wrong key, `malformed-asset` for what no Clef wrote. */
export async function openFacts(trackKey: TrackKey, manifest: Manifest): Promise<AssetFacts> {
  const value = await openRecord({
    trackKey,
    libraryId: manifest.libraryId,
    assetId: manifest.assetId,
    ...BIRTH_RECORD,
    sealed: manifest.birthRecord,
  });
  const facts = v.safeParse(factsSchema, value);
  if (!facts.success) {
    throw new ClefError('malformed-asset', `asset ${manifest.assetId} has a birth record of another shape`);
  }
  return facts.output;
}
