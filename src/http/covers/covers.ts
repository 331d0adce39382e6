import { LRUCache } from 'lru-cache';
import type { StoredAsset } from '../../catalog/index.ts';
import { type Bytes, ClefError, isClefError } from '../../core/index.ts';
import type { MediaReader } from '../media/index.ts';
import { avatar, placeholderCover } from './generated-art.ts';
import type { Picture, PictureRenderer } from './renderer.ts';

type PlaintextReader = Pick<MediaReader, 'read' | 'release'>;

const MAX_COVER_BYTES = 32 * 2 ** 20;
const CACHE_BYTES = 32 * 2 ** 20;
const MIN_PICTURE_PIXELS = 16;
const MAX_PICTURE_PIXELS = 2048;
/** Of a generated picture where no size was asked for. */
const DEFAULT_PIXELS = 600;
/** Part of a generated picture's ETag; grows when the drawing changes. */
const ART_VERSION = 1;

export interface ServedPicture extends Picture {
  /** Strong, quoted; the same for the same picture. */
  readonly etag: string;
}

/** Covers in the size that a player asks for, kept in memory while they are in demand. */
export interface Covers {
  /** A cover that cannot be decoded is answered with a generated one. */
  resized(cover: StoredAsset, sizePixels?: number): Promise<ServedPicture>;
  placeholder(seed: string, sizePixels?: number): Promise<ServedPicture>;
  avatar(userName: string): Promise<ServedPicture>;
}

export function createCovers(media: PlaintextReader, renderer: PictureRenderer): Covers {
  const cache = new LRUCache<string, ServedPicture>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (picture) => picture.bytes.length + 512,
  });
  const underWay = new Map<string, Promise<ServedPicture>>();

  /** Players ask for a page of covers at once, and for the same one several times. */
  function cached(key: string, make: () => Promise<ServedPicture>): Promise<ServedPicture> {
    const ready = cache.get(key);
    if (ready) return Promise.resolve(ready);
    const running = underWay.get(key);
    if (running) return running;
    const started = make()
      .then((picture) => {
        cache.set(key, picture);
        return picture;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  }

  async function drawn(key: string, svg: string, sizePixels: number): Promise<ServedPicture> {
    return { ...(await renderer.draw(svg, sizePixels)), etag: `"${key}-v${ART_VERSION}"` };
  }

  async function resize(cover: StoredAsset, sizePixels: number, key: string): Promise<ServedPicture> {
    try {
      const source = await readWhole(media, cover);
      return { ...(await renderer.resize(source, sizePixels)), etag: `"${key}"` };
    } catch (error) {
      if (!isClefError(error, 'media-unreadable') && !isClefError(error, 'media-too-costly')) throw error;
      return drawn(`unreadable-${key}`, placeholderCover(cover.assetId), sizePixels);
    }
  }

  return {
    resized(cover, wantedPixels = MAX_PICTURE_PIXELS) {
      const sizePixels = clampPixels(wantedPixels);
      const key = `${cover.assetId}-${sizePixels}`;
      return cached(key, () => resize(cover, sizePixels, key));
    },
    placeholder(seed, wantedPixels = DEFAULT_PIXELS) {
      const sizePixels = clampPixels(wantedPixels);
      const key = `placeholder-${seed}-${sizePixels}`;
      return cached(key, () => drawn(key, placeholderCover(seed), sizePixels));
    },
    avatar(userName) {
      const svg = avatar(userName);
      const key = `avatar-${Buffer.from(userName).toString('base64url')}`;
      return cached(key, () => drawn(key, svg, DEFAULT_PIXELS));
    },
  };
}

function clampPixels(sizePixels: number): number {
  return Math.min(MAX_PICTURE_PIXELS, Math.max(MIN_PICTURE_PIXELS, sizePixels));
}

async function readWhole(media: PlaintextReader, cover: StoredAsset): Promise<Bytes> {
  if (cover.lengthBytes > MAX_COVER_BYTES) {
    throw new ClefError(
      'media-too-costly',
      `a cover of ${cover.lengthBytes} bytes is over ${MAX_COVER_BYTES}`,
    );
  }
  const whole = new Uint8Array(cover.lengthBytes);
  let offset = 0;
  const range = { startBytes: 0, endBytes: whole.length };
  for await (const piece of media.read(cover, range, new AbortController().signal)) {
    whole.set(piece, offset);
    offset += piece.length;
    media.release(piece);
  }
  return whole;
}
