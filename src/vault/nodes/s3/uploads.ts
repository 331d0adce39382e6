import type { Bytes } from '../../../core/index.ts';
import { piecesUntilAborted } from '../../abort.ts';
import type { ByteSource } from '../port.ts';
import { codeOfError, completion, readBegun } from './documents.ts';
import { faultIn, faultOf, type S3Requests } from './requests.ts';

/** Engines want 5 MiB of every part but the last, and 10,000 parts at most: 80 GB. */
const PART_BYTES = 8 * 2 ** 20;

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
      const tags = await this.#sendParts(name, uploadId, first, parts, signal);
      return await publish({
        publish: async (headers) => {
          isPublished = await this.#complete(name, uploadId, tags, headers, signal);
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
    if (isRefusedCondition(answer.status)) return false;
    if (answer.status !== 200) throw await faultOf(answer, 'writing an object');
    return true;
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
  ): Promise<string[]> {
    const tags: string[] = [];
    let sending = this.#sendPart(name, uploadId, 1, first, signal);
    // Whoever waits for it next hears of it.
    sending.catch(() => undefined);
    for await (const part of rest) {
      tags.push(await sending);
      sending = this.#sendPart(name, uploadId, tags.length + 1, part, signal);
      sending.catch(() => undefined);
    }
    tags.push(await sending);
    return tags;
  }

  async #sendPart(
    name: string,
    uploadId: string,
    partNumber: number,
    body: Bytes,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const query = { partNumber: String(partNumber), uploadId };
    await using answer = await this.#requests.send({ method: 'PUT', name, query, body, signal });
    if (answer.status !== 200) throw await faultOf(answer, 'writing a part');
    return answer.headers.get('etag') ?? '';
  }

  async #complete(
    name: string,
    uploadId: string,
    tags: readonly string[],
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const body = new TextEncoder().encode(completion(tags));
    const query = { uploadId };
    await using answer = await this.#requests.send({ method: 'POST', name, query, headers, body, signal });
    if (isRefusedCondition(answer.status)) return false;
    if (answer.status !== 200) throw await faultOf(answer, 'completing an upload');
    // An engine that met its fault after it had begun to answer says so in the body.
    const text = await answer.text();
    if (codeOfError(text) !== undefined) throw faultIn(answer.status, text, 'completing an upload');
    return true;
  }
}

/** 412: the condition does not hold. 409: another write of the name is under way. */
function isRefusedCondition(status: number): boolean {
  return status === 412 || status === 409;
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
