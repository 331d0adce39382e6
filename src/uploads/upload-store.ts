import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, ClefError, type LibraryId, type UploadId } from '../core/index.ts';
import { generateKey, type ServiceKeyring } from '../crypto/index.ts';
import { readPrivateFile, writePrivateFile } from '../keystore/index.ts';
import { baseName, decodeHead, encodeHead, parseBaseName, type UploadHead } from './head.ts';
import { appendPart, assertPartLength, openParts, recoverLength, type SealedParts } from './sealed-parts.ts';
import { isWhole, type Upload, type UploadedMedia, type UploadFacts, type UploadOutcome } from './upload.ts';

const HEAD_ENDING = '.head';
const PARTS_ENDING = '.parts';
/** A sealed secret in base64url. */
const MAX_HEAD_BYTES = 8_192;

export interface UploadStoreOptions {
  /** In the data folder; made where it is absent. */
  readonly folder: string;
  readonly libraryId: LibraryId;
  readonly keyring: () => ServiceKeyring;
  readonly now: () => number;
  /** Told of files that do not open; they are left for the sweep. */
  readonly onUnreadable: (error: unknown) => void;
}

interface Entry {
  head: UploadHead;
  receivedBytes: number;
  /** Of the last part, or the outcome. */
  changedAtMs: number;
  fault?: Upload['fault'];
  /** What is done with the upload, one after the other. */
  last: Promise<unknown>;
}

/**
 * Files on their way in. Each is two private files: a sealed head, and the blocks that came so far, each sealed before
 * it is written. What was acknowledged is on the disk; a process that is killed leaves nothing that the next start
 * does not know.
 */
export class UploadStore {
  readonly #options: UploadStoreOptions;
  readonly #entries = new Map<UploadId, Entry>();

  private constructor(options: UploadStoreOptions) {
    this.#options = options;
  }

  static async open(options: UploadStoreOptions): Promise<UploadStore> {
    const store = new UploadStore(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const file of await readdir(options.folder)) {
      if (file.endsWith(HEAD_ENDING)) await store.#load(file.slice(0, -HEAD_ENDING.length));
    }
    return store;
  }

  async #load(name: string): Promise<void> {
    const { keyring, onUnreadable } = this.#options;
    const place = parseBaseName(name);
    if (!place) return;
    try {
      const path = this.#path(place, HEAD_ENDING);
      const text = await readPrivateFile(path, {
        what: 'the head of an upload',
        exposed: 'accept',
        maxBytes: MAX_HEAD_BYTES,
      });
      if (text === undefined) return;
      const head = await decodeHead(keyring(), place, text);
      const receivedBytes = head.outcome ? head.lengthBytes : await recoverLength(this.#parts(head));
      const { mtimeMs } = await stat(head.outcome ? path : this.#path(head, PARTS_ENDING));
      this.#entries.set(head.id, { head, receivedBytes, changedAtMs: mtimeMs, last: Promise.resolve() });
    } catch (error) {
      onUnreadable(error);
    }
  }

  all(): readonly Upload[] {
    return [...this.#entries.values()].map(viewOf);
  }

  find(id: UploadId): Upload | undefined {
    const entry = this.#entries.get(id);
    return entry && viewOf(entry);
  }

  /** The id must be free. */
  async create(facts: UploadFacts): Promise<Upload> {
    const head: UploadHead = { ...facts, key: generateKey() };
    const { keyring, now } = this.#options;
    const text = await encodeHead(keyring(), head);
    await onDisk(writePrivateFile(this.#path(head, HEAD_ENDING), text, { existing: 'replace' }));
    const entry: Entry = { head, receivedBytes: 0, changedAtMs: now(), last: Promise.resolve() };
    this.#entries.set(head.id, entry);
    return viewOf(entry);
  }

  /**
   * Seals the bytes and writes them; durable when it resolves. `upload-conflict` where the upload does not end at the
   * offset, `data-full`, `not-found`.
   */
  append(id: UploadId, offsetBytes: number, bytes: Bytes): Promise<Upload> {
    return this.#inTurn(id, async (entry) => {
      const { head, receivedBytes } = entry;
      if (head.outcome || offsetBytes !== receivedBytes) {
        throw new ClefError('upload-conflict', `the next part begins at ${receivedBytes}`);
      }
      assertPartLength(head, offsetBytes, bytes.length);
      await onDisk(appendPart(this.#parts(head), offsetBytes, bytes));
      entry.receivedBytes += bytes.length;
      entry.changedAtMs = this.#options.now();
      return viewOf(entry);
    });
  }

  /** Its bytes are not needed any more, and go. */
  settle(id: UploadId, outcome: UploadOutcome): Promise<Upload> {
    return this.#inTurn(id, async (entry) => {
      const head = { ...entry.head, outcome };
      const text = await encodeHead(this.#options.keyring(), head);
      await onDisk(writePrivateFile(this.#path(head, HEAD_ENDING), text, { existing: 'replace' }));
      entry.head = head;
      entry.changedAtMs = this.#options.now();
      delete entry.fault;
      await rm(this.#path(head, PARTS_ENDING), { force: true });
      return viewOf(entry);
    });
  }

  /** Why it waits; forgotten with the process. */
  noteFault(id: UploadId, fault: NonNullable<Upload['fault']>): Upload | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    entry.fault = fault;
    return viewOf(entry);
  }

  media(id: UploadId): Promise<UploadedMedia> {
    return openParts(this.#parts(this.#entry(id).head));
  }

  /** Does nothing for an unknown one. */
  async remove(id: UploadId): Promise<void> {
    if (!this.#entries.has(id)) return;
    await this.#inTurn(id, async ({ head }) => {
      this.#entries.delete(id);
      // The head last: without it nobody would know whose bytes these are.
      await rm(this.#path(head, PARTS_ENDING), { force: true });
      await rm(this.#path(head, HEAD_ENDING), { force: true });
    });
  }

  /** Forgets uploads to which nothing has come since `unfinishedMs`, outcomes older than `outcomeMs`, and strays. */
  async sweep({ unfinishedMs, outcomeMs }: { unfinishedMs: number; outcomeMs: number }): Promise<number> {
    const nowMs = this.#options.now();
    const expired = [...this.#entries.values()].filter((entry) => {
      const ageMs = nowMs - entry.changedAtMs;
      if (entry.head.outcome) return ageMs > outcomeMs;
      return !isWhole(viewOf(entry)) && ageMs > unfinishedMs;
    });
    for (const { head } of expired) await this.remove(head.id);
    return expired.length + (await this.#removeStrays(nowMs - unfinishedMs));
  }

  /** Heads that do not open, bytes without a head, temporary names. */
  async #removeStrays(beforeMs: number): Promise<number> {
    const { folder } = this.#options;
    const known = new Set([...this.#entries.values()].map(({ head }) => baseName(head)));
    let removed = 0;
    for (const file of await readdir(folder)) {
      if (known.has(file.slice(0, file.lastIndexOf('.')))) continue;
      const path = join(folder, file);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile() || found.mtimeMs > beforeMs) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  /** What the file system has left for others than this system's administrator. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#options.folder);
    return bavail * bsize;
  }

  #inTurn<Result>(id: UploadId, work: (entry: Entry) => Promise<Result>): Promise<Result> {
    const entry = this.#entry(id);
    const result = entry.last.then(() => {
      // Removed while it waited for its turn.
      if (this.#entries.get(id) !== entry) throw unknownUpload();
      return work(entry);
    });
    entry.last = result.catch(() => undefined);
    return result;
  }

  #entry(id: UploadId): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw unknownUpload();
    return entry;
  }

  #parts(head: UploadHead): SealedParts {
    return { path: this.#path(head, PARTS_ENDING), libraryId: this.#options.libraryId, head };
  }

  #path(place: Pick<UploadHead, 'id' | 'userId'>, ending: string): string {
    return join(this.#options.folder, `${baseName(place)}${ending}`);
  }
}

export function unknownUpload(): ClefError {
  return new ClefError('not-found', 'no upload has this id');
}

function viewOf({ head, receivedBytes, fault }: Entry): Upload {
  const { key: _secret, ...facts } = head;
  return { ...facts, receivedBytes, ...(fault && { fault }) };
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

async function onDisk<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!FULL.has(code)) throw error;
    throw new ClefError('data-full', 'the disk of the data folder has no space left', { cause: error });
  }
}
