import { ApiError, type Call, routes, type Upload, type UploadPart } from '../../api/index.ts';

/** What parts are made of: the server takes whole blocks, and what is left at the end. */
const BLOCK_BYTES = 256 * 1024;
/** What proxies let through by default. */
const LARGEST_PART_BYTES = 4 * BLOCK_BYTES;
/** A part that is faster than this may be larger. */
const SHORT_MS = 1_000;
/** The server waits no longer for a body; a line that is cut without a word is noticed after this. */
const PART_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export interface SendParts {
  readonly call: Call;
  readonly sendPart: (part: UploadPart, signal?: AbortSignal) => Promise<Upload>;
  /** Resolves after the time, or sooner where the browser is online again. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Sending {
  readonly id: string;
  readonly file: File;
  readonly signal: AbortSignal;
  readonly onProgress: (upload: Upload) => void;
  /** The server or the line is away, or the server says why it takes no more for now; it goes on by itself. */
  readonly onHeldUp: (reason: string | undefined) => void;
}

/** The file is not as it was when it was chosen, or gone. */
export class FileChanged extends Error {}

/**
 * Sends a file from where the server has it, through cuts and restarts. Resolves when all of it is there; rejects with
 * what trying again would not change, or with the signal's reason.
 */
export async function sendFile({ call, sendPart, rest }: SendParts, sending: Sending): Promise<Upload> {
  const { id, file, signal, onProgress, onHeldUp } = sending;
  let waitMs = FIRST_WAIT_MS;
  let partBytes = BLOCK_BYTES;
  let known: Upload | undefined;

  /** Undefined where it was cut; the next turn asks how far it came. */
  async function trying<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await work();
      waitMs = FIRST_WAIT_MS;
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (known && isConflict(error)) return undefined;
      if (!isPassing(error)) throw error;
      onHeldUp(error instanceof ApiError && error.status === 429 ? error.message : undefined);
      partBytes = BLOCK_BYTES;
      await rest(waitMs, signal);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
      return undefined;
    }
  }

  async function nextPart(offsetBytes: number): Promise<Upload> {
    const bytes = await bytesOf(file, offsetBytes, partBytes);
    const digest = await crypto.subtle.digest('SHA-256', bytes);
    const startedMs = performance.now();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PART_MS)]);
    const upload = await sendPart({ id, offsetBytes, bytes, digest }, limited);
    if (performance.now() - startedMs < SHORT_MS) partBytes = Math.min(LARGEST_PART_BYTES, partBytes * 2);
    return upload;
  }

  const body = { name: file.name.slice(-255), lengthBytes: file.size, modifiedMs: file.lastModified };
  for (;;) {
    signal.throwIfAborted();
    const before = known;
    if (before && (before.outcome || before.receivedBytes === file.size)) return before;
    known = await trying(() =>
      before ? nextPart(before.receivedBytes) : call(routes.beginUpload, { params: { id }, body }, signal),
    );
    if (known) onProgress(known);
  }
}

async function bytesOf(file: File, offsetBytes: number, lengthBytes: number): Promise<ArrayBuffer> {
  try {
    const bytes = await file.slice(offsetBytes, offsetBytes + lengthBytes).arrayBuffer();
    if (bytes.byteLength > 0) return bytes;
  } catch (cause) {
    throw new FileChanged('the file cannot be read', { cause });
  }
  throw new FileChanged('the file is shorter than it was');
}

/** Another tab sent it, or an answer was lost: the server says where to go on. */
function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'upload-conflict';
}

function isPassing(error: unknown): boolean {
  if (error instanceof FileChanged) return false;
  // Every reason of our own signal was thrown before: this is the time that ran out.
  if (!(error instanceof ApiError)) return error instanceof DOMException;
  return error.retryable;
}
