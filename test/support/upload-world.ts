import type { LibraryId, UploadId, UserId } from '../../src/core/index.ts';
import { createServiceKeyring } from '../../src/crypto/index.ts';
import { type UploadFacts, UploadStore } from '../../src/uploads/index.ts';
import { temporaryFolder } from './clef-process.ts';

export const UPLOADER = 1025 as UserId;

export function uploadId(number: number): UploadId {
  return number.toString(16).padStart(32, '0') as UploadId;
}

export function uploadFacts(number: number, lengthBytes: number, changes: Partial<UploadFacts> = {}) {
  const facts: UploadFacts = {
    id: uploadId(number),
    userId: UPLOADER,
    name: `Song ${number}.flac`,
    lengthBytes,
    modifiedMs: 1_700_000_000_000,
    ...changes,
  };
  return facts;
}

/** A folder of uploads, to open a store over as often as a test likes: each time is a start after a kill. */
export class UploadWorld implements AsyncDisposable {
  readonly folder: string;
  /** Of files that did not open. */
  readonly unreadable: unknown[] = [];
  readonly #keyring = createServiceKeyring({
    libraryId: 'a'.repeat(32) as LibraryId,
    recipients: [],
    administrators: [],
  });
  readonly #dispose: () => PromiseLike<void>;
  nowMs = Date.now();

  private constructor(folder: string, dispose: () => PromiseLike<void>) {
    this.folder = folder;
    this.#dispose = dispose;
  }

  static async create(): Promise<UploadWorld> {
    const folder = await temporaryFolder('uploads');
    return new UploadWorld(folder.path, () => folder[Symbol.asyncDispose]());
  }

  store(): Promise<UploadStore> {
    return UploadStore.open({
      folder: this.folder,
      libraryId: this.#keyring.libraryId,
      keyring: () => this.#keyring,
      now: () => this.nowMs,
      onUnreadable: (error) => this.unreadable.push(error),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}
