/**
 * The process that reads hostile files. It holds no key, no path, no network and no file system: its parent
 * hands it the bytes of one open file at a time, and kills it when it takes too long.
 */
import { ClefError, isClefError } from '../../core/index.ts';
import { encodePacketTable } from '../../playback/index.ts';
import { ByteReader } from './byte-reader.ts';
import { encodeFrame, encodeJsonFrame, FRAME, FrameAssembler } from './frames.ts';
import { readPacketTable } from './packets/index.ts';
import { parseMedia } from './parse-media.ts';

const assembler = new FrameAssembler();
let answerRead: ((bytes: Uint8Array) => void) | undefined;

function send(frame: Buffer): void {
  process.stdout.write(frame);
}

async function readFromParent(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
  const request = Buffer.alloc(12);
  request.writeBigUInt64BE(BigInt(offsetBytes), 0);
  request.writeUInt32BE(lengthBytes, 8);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  answerRead = resolve;
  send(encodeFrame(FRAME.read, request));
  return promise;
}

/** Requests leave one after the other, so that answers need no number. */
let lastRead: Promise<unknown> = Promise.resolve();
function readInTurn(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
  const read = lastRead.then(() => readFromParent(offsetBytes, lengthBytes));
  lastRead = read;
  return read;
}

async function probe(lengthBytes: number): Promise<void> {
  try {
    const found = await parseMedia(new ByteReader(lengthBytes, readInTurn));
    if (found.cover) send(encodeFrame(FRAME.cover, found.cover.bytes));
    const { tags, audio, isCutShort } = found;
    send(encodeJsonFrame(FRAME.answer, { tags, audio, isCutShort }));
  } catch (error) {
    const { code, message } = isClefError(error)
      ? error
      : new ClefError('media-unreadable', 'it cannot be read');
    send(encodeJsonFrame(FRAME.failure, { code, reason: message }));
  }
}

/** A file that no table can be made of is an answer, not a failure: it plays in another way. */
async function tabulate(lengthBytes: number): Promise<void> {
  try {
    const table = await readPacketTable(new ByteReader(lengthBytes, readInTurn));
    send(encodeFrame(FRAME.table, table ? encodePacketTable(table) : new Uint8Array(0)));
  } catch {
    send(encodeFrame(FRAME.table, new Uint8Array(0)));
  }
}

process.stdin.on('data', (piece: Buffer) => {
  for (const { kind, payload } of assembler.push(piece)) {
    if (kind === FRAME.media || kind === FRAME.packets) {
      const { lengthBytes } = JSON.parse(payload.toString()) as { lengthBytes: number };
      void (kind === FRAME.media ? probe(lengthBytes) : tabulate(lengthBytes));
    } else if (kind === FRAME.bytes) {
      // A copy of its own: the reader keeps blocks, and must not keep the pipe's buffers alive with them.
      answerRead?.(Uint8Array.from(payload));
    }
  }
});
// The parent is gone.
process.stdin.on('end', () => process.exit(0));
