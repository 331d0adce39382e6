import { createHash } from 'node:crypto';
import { type Bytes, equalBytes } from '../../../core/index.ts';
import { piecesUntilAborted } from '../../abort.ts';
import type { ByteSource } from '../port.ts';
import { codeOfError, completion, readBegun } from './documents.ts';
import { faultIn, faultOf, type S3Requests } from './requests.ts';

/** Engines want 5 MiB of every part but the last, and 10,000 parts at most: 80 GB. */
const PART_BYTES = 8 * 2 ** 20;

interface Part {
  readonly tag: string;
  readonly lengthBytes: number;
}

/** Bytes that lie on the engine, or are few enough to be sent at once, and have no name yet. */
export interface Upload {
  /** Gives the object its name; the engine's refusal of a condition is false. */
  publish(conditions: Readonly<Record<string, string>>): Promise<boolean>;
}

/** Objects that have no name yet: in one piece where they are short, else in parts. */
export class S3Uploads {
  readonly #requests: S3Requests;
  /** Ids of this process's own; sweep must not take them away however old they are. */
  readonly #active = new Set<string>();

  constructor(requests: S3Requests) {
    this.#requests = requests;
  }

  isActive(uploadId: string): boolean {
    return this.#active.has(uploadId);
  }

  /** Takes the source to its end, then calls `publish`. Whatever fails, nothing of it stays. */
  async run<T>(
    name: string,
    source: ByteSource,
    signal: AbortSignal | undefined,
    publish: (upload: Upload) => Promise<T>,
  ): Promise<T> {
    const parts = partsOf(piecesUntilAborted(source, signal));
    const first = (await parts.next()).value ?? new Uint8Array(0);
    if (first.length < PART_BYTES) {
      signal?.throwIfAborted();
      return publish({ publish: (headers) => this.#put(name, first, headers, signal) });
    }
    const uploadId = await this.#begin(name, signal);
    this.#active.add(uploadId);
    let isPublished = false;
    try {
      const sent = await this.#sendParts(name, uploadId, first, parts, signal);
      return await publish({
        publish: async (headers) => {
          isPublished = await this.#complete(name, uploadId, sent, headers, signal);
          return isPublished;
        },
      });
    } finally {
      if (!isPublished) await this.abort(name, uploadId).catch(() => undefined);
      this.#active.delete(uploadId);
    }
  }

  async abort(name: string, uploadId: string): Promise<void> {
    await using answer = await this.#requests.send({ method: 'DELETE', name, query: { uploadId } });
    if (answer.status >= 300 && answer.status !== 404) throw await faultOf(answer, 'ending an upload');
  }

  async #put(
    name: string,
    body: Bytes,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    await using answer = await this.#requests.send({ method: 'PUT', name, headers, body, signal });
    if (answer.status === 200) return true;
    if (answer.status !== 412) throw await faultOf(answer, 'writing an object');
    // The answer to an earlier try was lost: what is there now may be its own.
    return answer.mayBeDone && (await this.#holds(name, body, signal));
  }

  async #holds(name: string, body: Bytes, signal: AbortSignal | undefined): Promise<boolean> {
    await using answer = await this.#requests.send({ method: 'GET', name, signal });
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw await faultOf(answer, `reading ${name}`);
    return equalBytes(await answer.bytes(body.length + 1), body);
  }

  async #begin(name: string, signal: AbortSignal | undefined): Promise<string> {
    await using answer = await this.#requests.send({ method: 'POST', name, query: { uploads: '' }, signal });
    if (answer.status !== 200) throw await faultOf(answer, 'beginning an upload');
    return readBegun(await answer.text());
  }

  /** One on its way while the next is taken from the source. */
  async #sendParts(
    name: string,
    uploadId: string,
    first: Bytes,
    rest: AsyncGenerator<Bytes, void, undefined>,
    signal: AbortSignal | undefined,
  ): Promise<Part[]> {
    const sent: Part[] = [];
    let sending = this.#sendPart(name, uploadId, 1, first, signal);
    // Whoever waits for it next hears of it.
    sending.catch(() => undefined);
    for await (const part of rest) {
      sent.push(await sending);
      sending = this.#sendPart(name, uploadId, sent.length + 1, part, signal);
      sending.catch(() => undefined);
    }
    sent.push(await sending);
    return sent;
  }

  async #sendPart(
    name: string,
    uploadId: string,
    partNumber: number,
    body: Bytes,
    signal: AbortSignal | undefined,
  ): Promise<Part> {
    const query = { partNumber: String(partNumber), uploadId };
    await using answer = await this.#requests.send({ method: 'PUT', name, query, body, signal });
    if (answer.status !== 200) throw await faultOf(answer, 'writing a part');
    return { tag: answer.headers.get('etag') ?? '', lengthBytes: body.length };
  }

  async #complete(
    name: string,
    uploadId: string,
    parts: readonly Part[],
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const body = new TextEncoder().encode(completion(parts.map(({ tag }) => tag)));
    const query = { uploadId };
    await using answer = await this.#requests.send({ method: 'POST', name, query, headers, body, signal });
    const text = await answer.text();
    const code = codeOfError(text);
    // An engine that met its fault after it had begun to answer says so in the body.
    if (answer.status === 200 && code === undefined) return true;
    // An earlier try, whose answer was lost, may have ended the upload and made the object.
    const isOver = answer.status === 412 || code === 'NoSuchUpload';
    if (isOver && answer.mayBeDone && (await this.#holdsParts(name, parts, signal))) return true;
    if (answer.status === 412) return false;
    throw faultIn(answer.status, text, 'completing an upload');
  }

  async #holdsParts(name: string, parts: readonly Part[], signal: AbortSignal | undefined): Promise<boolean> {
    await using answer = await this.#requests.send({ method: 'HEAD', name, signal });
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw await faultOf(answer, `looking at ${name}`);
    const lengthBytes = parts.reduce((sum, part) => sum + part.lengthBytes, 0);
    return (
      Number(answer.headers.get('content-length')) === lengthBytes &&
      withoutQuotes(answer.headers.get('etag') ?? '') === tagOf(parts)
    );
  }
}

/** What S3, and what speaks it, calls an object that was sent in parts: the MD5 of the MD5s of its parts. */
function tagOf(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { tag } of parts) hash.update(withoutQuotes(tag), 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

function withoutQuotes(tag: string): string {
  return tag.replaceAll('"', '');
}

/** Copies what it takes: a source may reuse its buffer. The last is shorter, and may be empty. */
async function* partsOf(pieces: ByteSource): AsyncGenerator<Bytes, void, undefined> {
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const some = piece.subarray(taken, taken + PART_BYTES - filled);
      part.set(some, filled);
      filled += some.length;
      taken += some.length;
      if (filled < PART_BYTES) continue;
      yield part;
      part = new Uint8Array(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.slice(0, filled);
}
