import { type Bytes, ClefError, type LibraryId, type NodeId } from '../../core/index.ts';
import { objectExists, objectMissing, objectTruncated, versionMismatch } from './failures.ts';
import { MAX_MARKER_BYTES, markerText, type NodeMarker, parseMarker, TRUST_MS } from './marker.ts';
import { NameLocks } from '../name-locks.ts';
import {
  assertNamePrefix,
  assertObjectName,
  assertReadRange,
  MARKER_NAME,
  TEMPORARY_PREFIX,
} from './names.ts';
import type { ByteSource, NodeCallOptions, NodeSpace, ObjectInfo, StorageNode } from './port.ts';
import type { S3Address, S3Credentials } from './s3/address.ts';
import type { S3Answer } from './s3/answer.ts';
import { type Conditions, tryConditions } from './s3/conditions.ts';
import { listing, readPage } from './s3/documents.ts';
import { listObjects, listUploads } from './s3/listings.ts';
import { faultOf, S3Requests } from './s3/requests.ts';
import { S3Uploads, type Upload } from './s3/uploads.ts';

export type { S3Address, S3Credentials } from './s3/address.ts';

export interface S3NodeSettings {
  readonly address: S3Address;
  readonly credentials: S3Credentials;
  /** Anything else found there is offline. With it a node may be opened before its engine answers. */
  readonly expectedId?: NodeId;
  /** Default: the engine's host. */
  readonly failureDomain?: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
  /** An engine that says nothing for so long is away. Default 5 s. */
  readonly idleMs?: number;
}

/** A bucket does not say how much fits into it. */
const BUCKET_BYTES = 2 ** 50;
/** How often one read may go on where its answer broke off. */
const MOST_RESUMPTIONS = 4;

/** Makes an empty part of a bucket a storage node. One that holds anything is `data-invalid`, a node `node-object-exists`. */
export async function initS3Node(
  settings: Pick<S3NodeSettings, 'address' | 'credentials' | 'fetch'>,
  marker: NodeMarker,
): Promise<void> {
  const requests = new S3Requests({ now: Date.now, ...settings });
  await using listed = await requests.send({ method: 'GET', query: listing(settings.address.prefix, 2) });
  if (listed.status !== 200) throw await faultOf(listed, 'listing a bucket');
  const { Contents: found } = readPage(await listed.text());
  if (found.some(({ Key }) => Key === settings.address.prefix + MARKER_NAME)) throw objectExists(MARKER_NAME);
  if (found.length > 0) {
    throw new ClefError(
      'data-invalid',
      'a new storage node needs an empty part of a bucket, and this one is not',
    );
  }
  const body = new TextEncoder().encode(markerText(marker));
  await using put = await requests.send({ method: 'PUT', name: MARKER_NAME, body });
  if (put.status !== 200) throw await faultOf(put, 'preparing a node');
}

/**
 * Opens the node in a bucket. Without an expected id it must be there and say who it is, else `node-offline`; with
 * one, an engine that is away is a node that is offline for now.
 */
export async function openS3Node(settings: S3NodeSettings): Promise<S3Node> {
  const node = new S3Node(settings);
  try {
    await node.verify();
  } catch (error) {
    const isAway = error instanceof ClefError && error.code === 'node-offline';
    if (settings.expectedId === undefined || !isAway) throw error;
  }
  return node;
}

/** A storage node in a bucket, or in a part of one, of any engine that speaks S3. */
export class S3Node implements StorageNode {
  readonly failureDomain: string;
  readonly #address: S3Address;
  readonly #requests: S3Requests;
  readonly #uploads: S3Uploads;
  readonly #locks = new NameLocks();
  readonly #now: () => number;
  #id: NodeId | undefined;
  #library: LibraryId | undefined;
  #verifiedAtMs = Number.NEGATIVE_INFINITY;
  #conditions: Promise<Conditions> | undefined;
  #closed = false;

  constructor(settings: S3NodeSettings) {
    const { address, now = Date.now } = settings;
    this.failureDomain = settings.failureDomain ?? `s3:${new URL(address.endpoint).host}`;
    this.#address = address;
    this.#now = now;
    this.#id = settings.expectedId;
    this.#requests = new S3Requests({ ...settings, now });
    this.#uploads = new S3Uploads(this.#requests);
  }

  get id(): NodeId {
    if (this.#id === undefined) throw new ClefError('internal', 'a node in a bucket was not opened');
    return this.#id;
  }

  /** The one library that the node was made for; undefined where it is nobody's, or was not seen yet. */
  get library(): LibraryId | undefined {
    return this.#library;
  }

  /** Reads the marker now. */
  async verify(options: NodeCallOptions = {}): Promise<void> {
    const startedAtMs = this.#now();
    await using answer = await this.#requests.send({ method: 'GET', name: MARKER_NAME, ...options });
    if (answer.status === 404) throw this.#offline(`has no ${MARKER_NAME}`);
    // Whatever else is wrong: that it is the node was not seen.
    if (answer.status !== 200)
      throw new ClefError('node-offline', (await faultOf(answer, 'looking for a node')).message);
    const bytes = new Uint8Array(MAX_MARKER_BYTES);
    const { filled, error } = await answer.readInto(bytes, 0);
    if (error) options.signal?.throwIfAborted();
    const marker = error ? undefined : parseMarker(new TextDecoder().decode(bytes.subarray(0, filled)));
    if (!marker) throw this.#offline(`holds a damaged ${MARKER_NAME}`);
    if (this.#id !== undefined && this.#id !== marker.nodeId)
      throw this.#offline(`holds node ${marker.nodeId}`);
    this.#id = marker.nodeId;
    this.#library = marker.library;
    this.#verifiedAtMs = startedAtMs;
  }

  async create(name: string, source: ByteSource, options: NodeCallOptions = {}): Promise<ObjectInfo> {
    this.#enter(options);
    assertObjectName(name);
    await this.verify(options);
    if (await this.#stat(name, options)) throw objectExists(name);
    const { ifNoneMatch } = await this.#knownConditions();
    return this.#uploads.run(name, source, options.signal, (upload) =>
      // Without the condition only this process is kept from overwriting. Another server that writes the same name
      // writes the same bytes: a name holds asset, layout and column.
      this.#locks.run(name, async () => {
        await this.verify(options);
        if (await this.#stat(name, options)) throw objectExists(name);
        if (!(await upload.publish(ifNoneMatch ? { 'if-none-match': ifNoneMatch } : {})))
          throw objectExists(name);
        return this.#describe(name, options);
      }),
    );
  }

  async replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options: NodeCallOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options);
    assertObjectName(name);
    await this.verify(options);
    await this.#assertVersion(name, ifVersion, options);
    const { ifMatch } = await this.#knownConditions();
    const exchange = async (upload: Upload): Promise<ObjectInfo> => {
      await this.verify(options);
      await this.#assertVersion(name, ifVersion, options);
      if (!(await upload.publish(ifMatch ? { 'if-match': ifMatch(ifVersion) } : {})))
        throw versionMismatch(name);
      return this.#describe(name, options);
    };
    return this.#uploads.run(name, source, options.signal, (upload) =>
      this.#locks.run(name, () => exchange(upload)),
    );
  }

  async read(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    options: NodeCallOptions = {},
  ): Promise<Bytes> {
    this.#enter(options);
    assertObjectName(name);
    assertReadRange(offsetBytes, lengthBytes);
    const endBytes = offsetBytes + lengthBytes;
    const [bytes] = await Promise.all([
      lengthBytes === 0
        ? this.#readNothing(name, endBytes, options)
        : this.#readRange(name, offsetBytes, endBytes, options),
      this.#verifyRecently(options),
    ]);
    return bytes;
  }

  async stat(name: string, options: NodeCallOptions = {}): Promise<ObjectInfo | undefined> {
    this.#enter(options);
    assertObjectName(name);
    await this.verify(options);
    return this.#stat(name, options);
  }

  async *list(prefix: string, options: NodeCallOptions = {}): AsyncIterable<ObjectInfo> {
    this.#enter(options);
    assertNamePrefix(prefix);
    await this.verify(options);
    for await (const info of this.#listAll(prefix, options)) {
      if (isObjectName(info.name)) yield info;
    }
    // What went away meanwhile looks like objects that were deleted.
    await this.verify(options);
  }

  async delete(name: string, options: NodeCallOptions = {}): Promise<void> {
    this.#enter(options);
    assertObjectName(name);
    await this.verify(options);
    await this.#delete(name, options);
  }

  /** A bucket does not say how much fits into it: taken for endless. */
  async free(options: NodeCallOptions = {}): Promise<NodeSpace> {
    this.#enter(options);
    await this.verify(options);
    return { freeBytes: BUCKET_BYTES, totalBytes: BUCKET_BYTES };
  }

  async removeTemporary(olderThanMs: number, options: NodeCallOptions = {}): Promise<number> {
    this.#enter(options);
    await this.verify(options);
    const beforeMs = this.#now() - olderThanMs;
    let removed = 0;
    const { prefix } = this.#address;
    for await (const { Key, UploadId, Initiated } of listUploads(this.#requests, prefix, options.signal)) {
      if (Initiated > beforeMs || this.#uploads.isActive(UploadId)) continue;
      await this.#uploads.abort(Key.slice(prefix.length), UploadId);
      removed++;
    }
    for await (const { name, modifiedAtMs } of this.#listAll(TEMPORARY_PREFIX, options)) {
      if (modifiedAtMs > beforeMs) continue;
      await this.#delete(name, options);
      removed++;
    }
    return removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  /** Goes on where an answer broke off, as long as the object is the one that it began with. */
  async #readRange(
    name: string,
    offsetBytes: number,
    endBytes: number,
    options: NodeCallOptions,
  ): Promise<Bytes> {
    // Made once the object is known to be as long.
    let bytes: Bytes | undefined;
    let filled = 0;
    let version: string | undefined;
    for (let resumed = 0; ; resumed++) {
      const headers = {
        range: `bytes=${offsetBytes + filled}-${endBytes - 1}`,
        ...(version !== undefined && { 'if-match': version }),
      };
      await using answer = await this.#requests.send({ method: 'GET', name, headers, ...options });
      if (answer.status === 404) throw await this.#missing(name, options);
      if (answer.status === 412) throw versionMismatch(name);
      if (answer.status === 416) throw objectTruncated(name, endBytes, await this.#lengthOf(name, options));
      if (answer.status !== 206) throw await faultOf(answer, `reading ${name}`);
      assertAnswersRange(answer, name, offsetBytes + filled, endBytes);
      version = answer.headers.get('etag') ?? undefined;
      bytes ??= new Uint8Array(endBytes - offsetBytes);
      const { filled: reached, error } = await answer.readInto(bytes, filled);
      filled = reached;
      if (filled === bytes.length) return bytes;
      options.signal?.throwIfAborted();
      if (resumed === MOST_RESUMPTIONS || version === undefined) {
        throw new ClefError('node-offline', `a bucket breaks off its answers: reading ${name}`, {
          cause: error,
        });
      }
    }
  }

  async #readNothing(name: string, endBytes: number, options: NodeCallOptions): Promise<Bytes> {
    const lengthBytes = await this.#lengthOf(name, options);
    if (endBytes > lengthBytes) throw objectTruncated(name, endBytes, lengthBytes);
    return new Uint8Array(0);
  }

  async #lengthOf(name: string, options: NodeCallOptions): Promise<number> {
    const info = await this.#stat(name, options);
    if (!info) throw await this.#missing(name, options);
    return info.lengthBytes;
  }

  async #stat(name: string, options: NodeCallOptions): Promise<ObjectInfo | undefined> {
    await using answer = await this.#requests.send({ method: 'HEAD', name, ...options });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw await faultOf(answer, `looking at ${name}`);
    const { headers } = answer;
    return {
      name,
      lengthBytes: Number(headers.get('content-length')),
      version: headers.get('etag') ?? '',
      modifiedAtMs: Date.parse(headers.get('last-modified') ?? ''),
    };
  }

  async #describe(name: string, options: NodeCallOptions): Promise<ObjectInfo> {
    const info = await this.#stat(name, options);
    if (!info) throw objectMissing(name);
    return info;
  }

  async #assertVersion(name: string, ifVersion: string, options: NodeCallOptions): Promise<void> {
    const info = await this.#describe(name, options);
    if (info.version !== ifVersion) throw versionMismatch(name);
  }

  async #delete(name: string, options: NodeCallOptions): Promise<void> {
    await using answer = await this.#requests.send({ method: 'DELETE', name, ...options });
    if (answer.status >= 300 && answer.status !== 404) throw await faultOf(answer, `deleting ${name}`);
  }

  async *#listAll(prefix: string, { signal }: NodeCallOptions): AsyncGenerator<ObjectInfo, void, undefined> {
    const { prefix: own } = this.#address;
    for await (const { Key, Size, ETag, LastModified } of listObjects(this.#requests, own + prefix, signal)) {
      signal?.throwIfAborted();
      // To the second, as a look at the object tells it.
      const modifiedAtMs = Math.floor(LastModified / 1_000) * 1_000;
      yield { name: Key.slice(own.length), lengthBytes: Size, version: ETag, modifiedAtMs };
    }
  }

  #knownConditions(): Promise<Conditions> {
    this.#conditions ??= tryConditions(this.#requests).catch((error: unknown) => {
      this.#conditions = undefined;
      throw error;
    });
    return this.#conditions;
  }

  async #verifyRecently(options: NodeCallOptions): Promise<void> {
    const ageMs = this.#now() - this.#verifiedAtMs;
    if (ageMs < 0 || ageMs >= TRUST_MS) await this.verify(options);
  }

  /** That nothing is there may mean that the node is not. */
  async #missing(name: string, options: NodeCallOptions): Promise<ClefError> {
    await this.verify(options);
    return objectMissing(name);
  }

  #enter({ signal }: NodeCallOptions): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new ClefError('node-offline', `node ${this.id} is closed`);
  }

  #offline(reason: string): ClefError {
    const who = this.#id === undefined ? 'a storage node' : `node ${this.#id}`;
    return new ClefError('node-offline', `${who} is offline: its bucket ${reason}`);
  }
}

/** False for what is not Clef's own: the marker, what is unfinished, what somebody else put there. */
function isObjectName(name: string): boolean {
  try {
    assertObjectName(name);
    return true;
  } catch {
    return false;
  }
}

const CONTENT_RANGE = /^bytes (?<first>\d+)-(?<last>\d+)\/(?<length>\d+)$/;

/** An engine that sends another range, or all of it, would be read wrongly. */
function assertAnswersRange(answer: S3Answer, name: string, firstBytes: number, endBytes: number): void {
  const { first, last, length } = CONTENT_RANGE.exec(answer.headers.get('content-range') ?? '')?.groups ?? {};
  if (Number(length) < endBytes) throw objectTruncated(name, endBytes, Number(length));
  if (Number(first) !== firstBytes || Number(last) !== endBytes - 1) {
    throw new ClefError('node-io', `a bucket answered with another range of ${name}`);
  }
}
