import { createHmac } from 'node:crypto';
import type { CatalogImporter, StoredAsset } from '../catalog/index.ts';
import {
  type Bytes,
  ClefError,
  equalBytes,
  type ErrorCode,
  type LibraryId,
  toHex,
  type TrackId,
  type UploadId,
} from '../core/index.ts';
import type { BeingSealed } from './being-sealed.ts';
import { type AssetReader, plaintextOf } from './companions/asset-media.ts';
import { Covers } from './covers.ts';
import { isFileFault, titleFromName } from './import-file.ts';
import { mediaContent } from './media-content.ts';
import type { MediaProbe, ReadableMedia } from './port.ts';
import type { Seal } from './seal.ts';
import { sealOriginal, type SealedOriginal } from './seal-original.ts';

export interface UploadImporterOptions {
  readonly libraryId: LibraryId;
  readonly catalog: CatalogImporter;
  readonly seal: Seal;
  /** Reads from the nodes what was sealed: a cache would prove nothing. */
  readonly reader: AssetReader;
  readonly beingSealed: BeingSealed;
  readonly probe: MediaProbe;
  readonly contentHashKey: Bytes;
  readonly now: () => number;
}

export type ImportedUpload =
  | { readonly kind: 'added'; readonly trackId: TrackId }
  | { readonly kind: 'duplicate'; readonly trackId: TrackId }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reason: string };

/** Brings files that no source has into vault and catalogue. */
export class UploadImporter {
  readonly #options: UploadImporterOptions;

  constructor(options: UploadImporterOptions) {
    this.#options = options;
  }

  /**
   * One transaction when all is sealed and was read back, so that it may be killed at any moment and run again: the
   * same id is the same track. Resolves with `refused` for the file's own faults, rejects with all others.
   */
  async import(
    upload: { readonly id: UploadId; readonly name: string },
    media: ReadableMedia,
    signal: AbortSignal,
  ): Promise<ImportedUpload> {
    try {
      return await this.#import(upload, media, signal);
    } catch (error) {
      if (signal.aborted || !isFileFault(error)) throw error;
      return { kind: 'refused', code: error.code, reason: error.message };
    }
  }

  async #import(
    { id, name }: { readonly id: UploadId; readonly name: string },
    media: ReadableMedia,
    signal: AbortSignal,
  ): Promise<ImportedUpload> {
    const { catalog, contentHashKey, beingSealed, probe } = this.#options;
    const content = mediaContent(media);
    const contentHash = await content.hash(contentHashKey, signal);
    const key = toHex(contentHash);
    for (let sealed = beingSealed.wait(key); sealed; sealed = beingSealed.wait(key)) await sealed;
    const release = beingSealed.claim(key);
    try {
      const known = await this.#known(contentHash, id);
      if (known) return known;
      const found = await probe.probe(content, signal);
      // Anew for each: between two uploads the asset of a cover may be removed, or exchanged for another.
      const cover = found.cover && (await new Covers(this.#options).sealed(found.cover, signal));
      const fallbackTitle = titleFromName(Buffer.from(name));
      const described = { content, contentHash, found, fallbackTitle, cover };
      const sealed = await sealOriginal(described, { ...this.#options, signal });
      await this.#readBack(sealed, contentHash, signal);
      const { trackId, isNew } = await catalog.addUpload({
        uploadId: id,
        contentHash,
        tags: found.tags,
        audio: found.audio,
        fallbackTitle,
        ...sealed,
        ...(cover && { cover: cover.asset, coverHash: cover.hash }),
      });
      return { kind: isNew ? 'added' : 'duplicate', trackId };
    } finally {
      release();
    }
  }

  /** A track that plays these bytes: of before, or of this upload, when its last import was killed after its end. */
  async #known(contentHash: Bytes, id: UploadId): Promise<ImportedUpload | undefined> {
    const { catalog, libraryId } = this.#options;
    for (const { trackId, pathKey } of await catalog.fileByHash(libraryId, contentHash)) {
      // A person removed the track of that file; whoever sends it again wants it back.
      if (!(await catalog.originalOf(trackId))) continue;
      return { kind: pathKey === id ? 'added' : 'duplicate', trackId };
    }
    return undefined;
  }

  /** The upload is deleted after this: nobody else may have the file any more. */
  async #readBack({ original }: SealedOriginal, expected: Bytes, signal: AbortSignal): Promise<void> {
    const { reader, contentHashKey } = this.#options;
    const hmac = createHmac('sha256', contentHashKey);
    for await (const piece of plaintextOf(reader, original, wholeOf(original), signal)) hmac.update(piece);
    if (equalBytes(hmac.digest(), expected)) return;
    throw new ClefError('vault-asset-lost', 'what was sealed does not read back as it was');
  }
}

function wholeOf({ lengthBytes }: StoredAsset) {
  return { startBytes: 0, endBytes: lengthBytes };
}
