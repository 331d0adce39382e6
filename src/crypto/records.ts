import {
  type AssetId,
  type Bytes,
  ClefError,
  concatBytes,
  fromHex,
  type LibraryId,
  utf8,
} from '../core/index.ts';
import type { AeadFactory } from './aead.ts';
import { decryptionFailed } from './failure.ts';
import { decodeJson, encodeJson, type JsonValue } from './json.ts';
import { type DocumentBinding, openDocument, sealDocument, sealedDocumentLength } from './sealed-document.ts';
import type { TrackKey } from './track-key.ts';

/** Which record of which asset; all of it is bound into the record's key. */
export interface RecordPlace {
  readonly trackKey: TrackKey;
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  /** 0 for the birth record; rises with every edit. Reusing one is safe, since each seal draws its salt. */
  readonly revision: number;
  readonly type: string;
}

const RECORD_LABEL = 'clef/v1/record';
const RECORD_TYPE = /^[a-z][a-z0-9-]{0,31}$/;
/** JSON is filled up with spaces to a multiple of this: the exact length of a title names songs too. */
const RECORD_PADDING_BYTES = 256;
export const MAX_RECORD_BYTES = 2 ** 20;
export const MAX_SEALED_RECORD_BYTES = sealedDocumentLength(MAX_RECORD_BYTES);

/** Facts about an asset that its storage must not learn: JSON under the asset's own key. */
export async function sealRecord(
  record: RecordPlace & { readonly value: JsonValue },
  aead?: AeadFactory,
): Promise<Bytes> {
  const json = encodeJson(record.value);
  const padded = new Uint8Array(Math.ceil(json.length / RECORD_PADDING_BYTES) * RECORD_PADDING_BYTES);
  padded.fill(0x20);
  padded.set(json);
  if (padded.length > MAX_RECORD_BYTES) {
    throw new ClefError(
      'unsupported-format',
      `a ${record.type} record holds at most ${MAX_RECORD_BYTES} bytes, got ${json.length}`,
    );
  }
  return sealDocument(recordBinding(record), padded, aead);
}

/** The caller validates the shape of what comes out. */
export async function openRecord(
  record: RecordPlace & { readonly sealed: Uint8Array },
  aead?: AeadFactory,
): Promise<JsonValue> {
  const json = await openDocument(recordBinding(record), record.sealed, MAX_RECORD_BYTES, aead);
  try {
    return decodeJson(json);
  } catch {
    throw decryptionFailed();
  }
}

function recordBinding(record: RecordPlace): DocumentBinding {
  if (!RECORD_TYPE.test(record.type)) {
    throw new ClefError('internal', 'a record type is 1 to 32 of a-z, 0-9 and -, and begins with a letter');
  }
  if (!Number.isSafeInteger(record.revision) || record.revision < 0) {
    throw new ClefError('internal', `a record revision is a whole number, got ${record.revision}`);
  }
  const revision = new DataView(new ArrayBuffer(8));
  revision.setBigUint64(0, BigInt(record.revision));
  const context = concatBytes(
    fromHex(record.libraryId),
    fromHex(record.assetId),
    new Uint8Array(revision.buffer),
    utf8(record.type),
  );
  return { key: record.trackKey, label: RECORD_LABEL, context };
}
