import { type Bytes, concatBytes, fromHex, type LibraryId } from '../core/index.ts';
import { openDocument, sealDocument, sealedDocumentLength, type DocumentBinding } from './sealed-document.ts';

/** Which block of which upload; all of it is bound into the block's key. */
export interface UploadBlockPlace {
  /** Random, one an upload. */
  readonly key: Bytes;
  readonly libraryId: LibraryId;
  /** 32 hexadecimal digits. */
  readonly uploadId: string;
  readonly index: number;
}

const LABEL = 'clef/v1/upload';

/** Plaintext of every block of an upload but the last, which may be shorter. */
export const UPLOAD_BLOCK_BYTES = 256 * 1024;

/** Length of a block as it lies on the disk. */
export function sealedUploadBlockLength(plaintextBytes: number): number {
  return sealedDocumentLength(plaintextBytes);
}

/** A block may be sealed again, with other bytes too, where a cut left it unacknowledged: each seal draws a salt. */
export function sealUploadBlock(place: UploadBlockPlace, plaintext: Bytes): Promise<Bytes> {
  return sealDocument(bindingOf(place), plaintext);
}

/** Throws one opaque `decryption-failed` for anything but this block of this upload. */
export function openUploadBlock(place: UploadBlockPlace, sealed: Uint8Array): Promise<Bytes> {
  return openDocument(bindingOf(place), sealed, UPLOAD_BLOCK_BYTES);
}

function bindingOf({ key, libraryId, uploadId, index }: UploadBlockPlace): DocumentBinding {
  const number = new DataView(new ArrayBuffer(4));
  number.setUint32(0, index);
  const context = concatBytes(fromHex(libraryId), fromHex(uploadId), new Uint8Array(number.buffer));
  return { key, label: LABEL, context };
}
