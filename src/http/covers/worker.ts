/**
 * The program of a picture worker. It is started without environment, network, or the right to write files,
 * gets bytes over the channel, and answers with bytes. See pool.ts for its limits.
 */
import sharp, { type Sharp } from 'sharp';
import { pictureKind } from './picture-kind.ts';
import type { Picture } from './renderer.ts';
import { EXIT_TOO_MUCH_MEMORY, type PictureAnswer, type PictureJob } from './worker-protocol.ts';

const MAX_INPUT_PIXELS = 50_000_000;
const MAX_RESIDENT_BYTES = 640 * 2 ** 20;
const MEMORY_CHECK_MS = 100;
const JPEG_QUALITY = 84;

sharp.cache(false);
sharp.concurrency(1);

// Decoding runs on libuv's threads, so this timer fires while it is under way.
setInterval(() => {
  if (process.memoryUsage.rss() > MAX_RESIDENT_BYTES) process.exit(EXIT_TOO_MUCH_MEMORY);
}, MEMORY_CHECK_MS).unref();

process.on('message', (job: PictureJob) => {
  answer(job).then(
    (picture) => send({ kind: 'picture', picture }),
    (error: unknown) => send({ kind: 'unreadable', reason: String(error) }),
  );
});

function send(message: PictureAnswer): void {
  process.send?.(message);
}

function answer(job: PictureJob): Promise<Picture> {
  switch (job.kind) {
    case 'resize':
      return resize(job.source, job.sizePixels);
    case 'draw':
      return encode(sharp(Buffer.from(job.svg)), job.sizePixels, false);
    default:
      throw new TypeError('unknown job');
  }
}

async function resize(source: Uint8Array, sizePixels: number): Promise<Picture> {
  if (pictureKind(source) === undefined) throw new TypeError('not a picture of a known kind');
  const image = sharp(source, {
    limitInputPixels: MAX_INPUT_PIXELS,
    failOn: 'error',
    sequentialRead: true,
  });
  const { hasAlpha } = await image.metadata();
  return encode(image.autoOrient(), sizePixels, hasAlpha);
}

async function encode(image: Sharp, sizePixels: number, hasAlpha: boolean): Promise<Picture> {
  const fitted = image.resize(sizePixels, sizePixels, { fit: 'inside', withoutEnlargement: true });
  const encoded = hasAlpha ? fitted.png() : fitted.jpeg({ quality: JPEG_QUALITY });
  return {
    bytes: new Uint8Array(await encoded.toBuffer()),
    mediaType: hasAlpha ? 'image/png' : 'image/jpeg',
  };
}
