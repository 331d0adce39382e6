import { LRUCache } from 'lru-cache';
import type { CatalogImporter, StoredAsset } from '../catalog/index.ts';
import { type Bytes, type LibraryId, toHex } from '../core/index.ts';
import { encodeCoverBirth } from './birth.ts';
import { keyedHash, readSidecar } from './content.ts';
import type { CoverImage } from './port.ts';
import { imageTypeOf, LARGEST_COVER_BYTES } from './probe/image-type.ts';
import { type Seal, storedAsset } from './seal.ts';
import type { SourceTree } from './sources/port.ts';

/** More albums than are under way at once. */
const COVERS_REMEMBERED = 256;

export interface SealedCover {
  readonly asset: StoredAsset;
  readonly hash: Bytes;
}

export interface CoversOptions {
  readonly libraryId: LibraryId;
  readonly catalog: Pick<CatalogImporter, 'coverByHash'>;
  readonly seal: Seal;
  readonly contentHashKey: Bytes;
  readonly now: () => number;
}

/** Seals each picture once, however many tracks show it and however many of them arrive at the same time. */
export class Covers {
  readonly #options: CoversOptions;
  readonly #recent = new LRUCache<string, Promise<SealedCover>>({ max: COVERS_REMEMBERED });

  constructor(options: CoversOptions) {
    this.#options = options;
  }

  sealed(image: CoverImage, signal: AbortSignal): Promise<SealedCover> {
    const hash = keyedHash(this.#options.contentHashKey, image.bytes);
    const key = toHex(hash);
    const recent = this.#recent.get(key);
    if (recent) return recent;
    const sealing = this.#seal(image, hash, signal);
    this.#recent.set(key, sealing);
    sealing.catch(() => this.#recent.delete(key));
    return sealing;
  }

  async #seal({ bytes, mediaType }: CoverImage, hash: Bytes, signal: AbortSignal): Promise<SealedCover> {
    const { libraryId, catalog, seal, now } = this.#options;
    const known = await catalog.coverByHash(libraryId, hash);
    if (known) return { asset: known, hash };
    const sealed = await seal({
      kind: 'cover',
      lengthBytes: bytes.length,
      plaintext: (async function* () {
        yield bytes;
      })(),
      birth: encodeCoverBirth({ contentHash: hash, mediaType }),
      signal,
    });
    return { asset: storedAsset(sealed, mediaType, now()), hash };
  }
}

/** The picture in a file beside the music; undefined for what is none, too large, or gone. */
export async function readCoverFile(tree: SourceTree, path: Buffer): Promise<CoverImage | undefined> {
  const bytes = await readSidecar(tree, path, LARGEST_COVER_BYTES);
  const mediaType = bytes && imageTypeOf(bytes);
  return bytes && mediaType !== undefined ? { bytes, mediaType } : undefined;
}
