import type { Bytes } from '../../core/index.ts';

export interface Picture {
  readonly bytes: Bytes;
  readonly mediaType: 'image/jpeg' | 'image/png';
}

/**
 * Decodes and draws pictures away from the server process, since covers are hostile media. Bounded in time,
 * memory and queue length: `media-unreadable`, `media-too-costly`, `not-ready` where the queue is full.
 */
export interface PictureRenderer extends AsyncDisposable {
  /** Fits into a square without distortion or enlargement. Takes JPEG, PNG, WebP, GIF, AVIF, TIFF. */
  resize(source: Bytes, sizePixels: number): Promise<Picture>;
  /** `svg` is ours, never a user's. */
  draw(svg: string, sizePixels: number): Promise<Picture>;
}
