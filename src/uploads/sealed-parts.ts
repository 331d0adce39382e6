import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Bytes, ClefError, type LibraryId } from '../core/index.ts';
import {
  openUploadBlock,
  sealedUploadBlockLength,
  sealUploadBlock,
  UPLOAD_BLOCK_BYTES,
} from '../crypto/index.ts';
import type { UploadHead } from './head.ts';
import type { UploadedMedia } from './upload.ts';

/** Blocks of one part, and so the most that a power cut leaves behind half written. */
const BLOCKS_PER_PART = 16;
/** The longest part that is taken at once; it is held in memory. */
export const LARGEST_PART_BYTES = BLOCKS_PER_PART * UPLOAD_BLOCK_BYTES;
const SEALED_BLOCK_BYTES = sealedUploadBlockLength(UPLOAD_BLOCK_BYTES);
/** Tags lie at both ends of a file, and between them it is read from front to back. */
const BLOCKS_REMEMBERED = 4;

/** The file that holds an upload's blocks, one after the other; what is in it is told by its length. */
export interface SealedParts {
  readonly path: string;
  readonly libraryId: LibraryId;
  readonly head: Pick<UploadHead, 'id' | 'key' | 'lengthBytes'>;
}

type Head = SealedParts['head'];

function blockLength({ lengthBytes }: Pick<Head, 'lengthBytes'>, index: number): number {
  return Math.min(UPLOAD_BLOCK_BYTES, lengthBytes - index * UPLOAD_BLOCK_BYTES);
}

function place({ libraryId, head: { key, id } }: SealedParts, index: number) {
  return { key, libraryId, uploadId: id, index };
}

/** Where a block begins in the file; plaintext offsets that a part may begin at are borders of blocks. */
function sealedOffset(index: number): number {
  return index * SEALED_BLOCK_BYTES;
}

/**
 * The bytes that a part may have: whole blocks, or all that is left. `bad-request` for any other length.
 */
export function assertPartLength({ lengthBytes }: Pick<Head, 'lengthBytes'>, offset: number, part: number) {
  const rest = lengthBytes - offset;
  const fits = part <= rest && part <= LARGEST_PART_BYTES && part > 0;
  if (fits && (part === rest || part % UPLOAD_BLOCK_BYTES === 0)) return;
  throw new ClefError(
    'bad-request',
    `a part is what is left of the file, or a multiple of ${UPLOAD_BLOCK_BYTES} bytes up to ${LARGEST_PART_BYTES}`,
  );
}

/** Durable when it resolves; when it rejects, the file is as long as before. */
export async function appendPart(parts: SealedParts, offsetBytes: number, bytes: Bytes): Promise<void> {
  const first = offsetBytes / UPLOAD_BLOCK_BYTES;
  const sealed: Bytes[] = [];
  for (let start = 0; start < bytes.length; start += UPLOAD_BLOCK_BYTES) {
    const index = first + start / UPLOAD_BLOCK_BYTES;
    sealed.push(await sealUploadBlock(place(parts, index), bytes.slice(start, start + UPLOAD_BLOCK_BYTES)));
  }
  await using file = await open(parts.path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const offset = sealedOffset(first);
  try {
    await writeFully(file, sealed, offset);
    await file.datasync();
  } catch (error) {
    await file.truncate(offset).catch(() => undefined);
    throw error;
  }
}

async function writeFully(file: FileHandle, pieces: readonly Bytes[], from: number): Promise<void> {
  let offset = from;
  for (const piece of pieces) {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, offset + done);
      done += bytesWritten;
    }
    offset += piece.length;
  }
}

/**
 * How much is there after whatever happened: whole blocks that open. What a cut left behind is cut off; it was
 * never acknowledged.
 */
export async function recoverLength(parts: SealedParts): Promise<number> {
  await using file = await open(parts.path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { size } = await file.stat();
  const { head } = parts;
  const blockCount = Math.ceil(head.lengthBytes / UPLOAD_BLOCK_BYTES);
  let whole = Math.min(Math.floor(size / SEALED_BLOCK_BYTES), blockCount);
  const next = whole < blockCount ? sealedUploadBlockLength(blockLength(head, whole)) : 0;
  if (next > 0 && size - sealedOffset(whole) >= next) whole += 1;
  for (let index = Math.max(0, whole - BLOCKS_PER_PART); index < whole; index++) {
    const opens = await readBlock(file, parts, index).then(
      () => true,
      () => false,
    );
    if (!opens) whole = index;
  }
  const received = Math.min(head.lengthBytes, whole * UPLOAD_BLOCK_BYTES);
  const isLast = received === head.lengthBytes;
  const length = isLast
    ? sealedOffset(whole - 1) + sealedUploadBlockLength(blockLength(head, whole - 1))
    : sealedOffset(whole);
  if (size !== length) {
    await file.truncate(length);
    await file.datasync();
  }
  return received;
}

async function readBlock(file: FileHandle, parts: SealedParts, index: number): Promise<Bytes> {
  const sealed = new Uint8Array(sealedUploadBlockLength(blockLength(parts.head, index)));
  for (let filled = 0; filled < sealed.length; ) {
    const { bytesRead } = await file.read(
      sealed,
      filled,
      sealed.length - filled,
      sealedOffset(index) + filled,
    );
    if (bytesRead === 0) throw new ClefError('data-invalid', 'an upload in the data folder is cut short');
    filled += bytesRead;
  }
  return openUploadBlock(place(parts, index), sealed);
}

/** Opens blocks as they are asked for, so that no plaintext ever comes to a disk. */
export async function openParts(parts: SealedParts): Promise<UploadedMedia> {
  const file = await open(parts.path, 'r');
  const { lengthBytes } = parts.head;
  const remembered = new Map<number, Promise<Bytes>>();

  function block(index: number): Promise<Bytes> {
    const known = remembered.get(index);
    if (known) return known;
    const read = readBlock(file, parts, index);
    remembered.set(index, read);
    read.catch(() => remembered.delete(index));
    for (const oldest of remembered.keys()) {
      if (remembered.size <= BLOCKS_REMEMBERED) break;
      remembered.delete(oldest);
    }
    return read;
  }

  return {
    lengthBytes,
    async read(offsetBytes, wantedBytes) {
      const bytes = new Uint8Array(Math.max(0, Math.min(wantedBytes, lengthBytes - offsetBytes)));
      for (let filled = 0; filled < bytes.length; ) {
        const at = offsetBytes + filled;
        const index = Math.floor(at / UPLOAD_BLOCK_BYTES);
        const from = at - index * UPLOAD_BLOCK_BYTES;
        const piece = (await block(index)).subarray(from, from + bytes.length - filled);
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
