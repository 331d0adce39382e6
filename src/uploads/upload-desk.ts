import { type Bytes, ClefError, isClefError, type UploadId, type UserId } from '../core/index.ts';
import { isWhole, type Upload, type UploadedMedia, type UploadFacts, type UploadOutcome } from './upload.ts';
import { unknownUpload, type UploadStore } from './upload-store.ts';

/** Days of audio; a longer file is no track. */
const LARGEST_UPLOAD_BYTES = 4 * 2 ** 30;
/** Files of one account that are under way, paused ones counted. */
const MOST_OPEN = 64;
/** Of all accounts together, as long as they will be. */
const MOST_BYTES = 32 * 2 ** 30;
/** What uploads leave free for the catalogue and all else on the disk. */
const RESERVED_BYTES = 512 * 2 ** 20;
/** An upload to which nothing comes for so long is given up. */
const UNFINISHED_MS = 48 * 3_600_000;
/** For whoever was not there when it was imported. */
const OUTCOME_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;

/** What the native API does with uploads. Whose an upload is not, for them it is not there. */
export interface Uploads {
  /** The account's, those that were imported lately too. */
  list(user: UserId): Promise<readonly Upload[]>;
  find(user: UserId, id: UploadId): Promise<Upload>;
  /**
   * The same again answers the upload as it stands. `upload-too-large`, `upload-limit`, `data-full`; `upload-conflict`
   * for an id that another file has.
   */
  begin(facts: UploadFacts): Promise<Upload>;
  /** Kept whole, or not at all; with the last byte the import begins. `upload-conflict` names the right offset. */
  append(user: UserId, id: UploadId, offsetBytes: number, bytes: Bytes): Promise<Upload>;
  /** Forgets it, imported or not. */
  remove(user: UserId, id: UploadId): Promise<void>;
  /** Called when an upload began to wait, or came to its end; returns the unsubscriber. */
  onChange(listener: (upload: Upload) => void): () => void;
}

export interface UploadDeskOptions {
  readonly store: UploadStore;
  /**
   * Brings it into vault and catalogue, once for each id however often it is called. Resolves with `refused` for what is
   * the file's own fault; rejects where it is to be tried again.
   */
  readonly importUpload: (
    upload: Upload,
    media: UploadedMedia,
    signal: AbortSignal,
  ) => Promise<UploadOutcome>;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
}

/** Takes uploads in, within limits, and has them imported one after the other. */
export class UploadDesk implements Uploads, AsyncDisposable {
  readonly #options: UploadDeskOptions;
  readonly #listeners = new Set<(upload: Upload) => void>();
  readonly #waiting = new Set<UploadId>();
  readonly #stopping = new AbortController();
  #current:
    | { readonly id: UploadId; readonly abort: AbortController; readonly done: Promise<void> }
    | undefined;
  #running: Promise<void> | undefined;
  #lastBegin: Promise<unknown> = Promise.resolve();
  #sweptAtMs = -Infinity;

  constructor(options: UploadDeskOptions) {
    this.#options = options;
    this.#importWhole();
  }

  async list(user: UserId): Promise<readonly Upload[]> {
    return this.#options.store.all().filter(({ userId }) => userId === user);
  }

  async find(user: UserId, id: UploadId): Promise<Upload> {
    return this.#own(user, id);
  }

  begin(facts: UploadFacts): Promise<Upload> {
    // One after the other, so that limits hold for those that come together.
    const begun = this.#lastBegin.then(() => this.#begin(facts));
    this.#lastBegin = begun.catch(() => undefined);
    return begun;
  }

  async #begin(facts: UploadFacts): Promise<Upload> {
    const { store } = this.#options;
    const known = store.find(facts.id);
    if (known) {
      if (isSameFile(known, facts)) return known;
      throw new ClefError('upload-conflict', 'another upload has this id');
    }
    if (facts.lengthBytes > LARGEST_UPLOAD_BYTES) {
      throw new ClefError('upload-too-large', `a file may have up to ${LARGEST_UPLOAD_BYTES} bytes`);
    }
    const open = store.all().filter(({ outcome }) => !outcome);
    if (open.filter(({ userId }) => userId === facts.userId).length >= MOST_OPEN) {
      throw new ClefError('upload-limit', `${MOST_OPEN} uploads are open; finish or cancel some`);
    }
    const promised = open.reduce((sum, { lengthBytes }) => sum + lengthBytes, facts.lengthBytes);
    if (promised > MOST_BYTES) {
      throw new ClefError(
        'upload-limit',
        'open uploads take all the space that they may; wait, or cancel some',
      );
    }
    const toCome = open.reduce((sum, { lengthBytes, receivedBytes }) => sum + lengthBytes - receivedBytes, 0);
    if ((await store.freeBytes()) - toCome - facts.lengthBytes < RESERVED_BYTES) {
      throw new ClefError('data-full', 'the disk of the data folder has too little space left for this file');
    }
    return store.create(facts);
  }

  async append(user: UserId, id: UploadId, offsetBytes: number, bytes: Bytes): Promise<Upload> {
    this.#own(user, id);
    const upload = await this.#options.store.append(id, offsetBytes, bytes);
    if (isWhole(upload)) this.#importWhole();
    return upload;
  }

  async remove(user: UserId, id: UploadId): Promise<void> {
    this.#own(user, id);
    this.#waiting.delete(id);
    if (this.#current?.id === id) {
      this.#current.abort.abort(new ClefError('not-found', 'the upload was cancelled'));
      await this.#current.done;
    }
    await this.#options.store.remove(id);
  }

  onChange(listener: (upload: Upload) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes up what waits, and, once an hour, removes what was given up. Answers how many that were. */
  async tend(): Promise<number> {
    this.#importWhole();
    const nowMs = this.#options.now();
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return 0;
    this.#sweptAtMs = nowMs;
    return this.#options.store.sweep({ unfinishedMs: UNFINISHED_MS, outcomeMs: OUTCOME_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new ClefError('not-ready', 'the server is stopping'));
    this.#current?.abort.abort(this.#stopping.signal.reason);
    await this.#running;
  }

  #own(user: UserId, id: UploadId): Upload {
    const upload = this.#options.store.find(id);
    if (upload?.userId !== user) throw unknownUpload();
    return upload;
  }

  #importWhole(): void {
    for (const upload of this.#options.store.all()) {
      if (isWhole(upload) && !upload.outcome && this.#current?.id !== upload.id) this.#waiting.add(upload.id);
    }
    if (this.#running || this.#waiting.size === 0 || this.#stopping.signal.aborted) return;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    for (const id of this.#waiting) {
      if (this.#stopping.signal.aborted) break;
      this.#waiting.delete(id);
      const abort = new AbortController();
      const done = this.#importOne(id, abort.signal);
      this.#current = { id, abort, done };
      await done;
      this.#current = undefined;
    }
    // In the same turn as the look at what waits: whoever comes later must find nobody running.
    this.#running = undefined;
  }

  /** Never rejects. */
  async #importOne(id: UploadId, signal: AbortSignal): Promise<void> {
    const { store, importUpload, onFailure } = this.#options;
    const upload = store.find(id);
    if (!upload) return;
    try {
      await using media = await store.media(id);
      const outcome = await importUpload(upload, media, signal);
      this.#tell(await store.settle(id, outcome));
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
      const { code, message } = isClefError(error)
        ? error
        : new ClefError('internal', 'a fault in Clef itself kept it from being imported');
      this.#tell(store.noteFault(id, { code, reason: message }));
    }
  }

  #tell(upload: Upload | undefined): void {
    if (upload) for (const listener of this.#listeners) listener(upload);
  }
}

function isSameFile(known: Upload, facts: UploadFacts): boolean {
  return (
    known.userId === facts.userId &&
    known.name === facts.name &&
    known.lengthBytes === facts.lengthBytes &&
    known.modifiedMs === facts.modifiedMs
  );
}
