import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoredAsset } from '../../catalog/index.ts';
import {
  type AssetId,
  asBytes,
  type Bytes,
  ClefError,
  type LayoutId,
  type LibraryId,
} from '../../core/index.ts';
import type { MediaReader } from '../media/index.ts';
import { createCovers } from './covers.ts';
import { pictureKind } from './picture-kind.ts';
import { PictureWorkerPool } from './pool.ts';

const pool = new PictureWorkerPool();
afterAll(() => pool[Symbol.asyncDispose]());

async function picture(width: number, height: number, alpha = 1): Promise<Bytes> {
  const background = { r: 200, g: 60, b: 20, alpha };
  const image = sharp({ create: { width, height, channels: alpha === 1 ? 3 : 4, background } });
  return asBytes(new Uint8Array(await (alpha === 1 ? image.jpeg() : image.png()).toBuffer()));
}

let assetCount = 0;
function stored(source: Bytes): StoredAsset {
  return {
    libraryId: '00'.repeat(16) as LibraryId,
    assetId: (++assetCount).toString(16).padStart(32, '0') as AssetId,
    layoutId: '01'.repeat(16) as LayoutId,
    policy: { k: 1, m: 0 },
    header: new Uint8Array(0),
    columnNodes: [],
    wrappedKey: new Uint8Array(40),
    epoch: 1,
    lengthBytes: source.length,
    storedBytes: source.length,
    degraded: false,
    mediaType: 'image/jpeg',
    createdAtMs: 0,
  };
}

/** Answers with the bytes it was made with, and counts how often. */
function readerOf(source: Bytes): Pick<MediaReader, 'read' | 'release'> & { readonly reads: number } {
  return {
    reads: 0,
    async *read(_asset, { startBytes, endBytes }) {
      (this as { reads: number }).reads++;
      yield source.slice(startBytes, endBytes);
    },
    release() {},
  };
}

async function sizeOf(
  bytes: Bytes,
): Promise<readonly [number | undefined, number | undefined, string | undefined]> {
  const { width, height, format } = await sharp(bytes).metadata();
  return [width, height, format];
}

describe('a cover', () => {
  it('is made smaller in its proportions, and never larger', async () => {
    const source = await picture(800, 400);
    const covers = createCovers(readerOf(source), pool);
    const cover = stored(source);
    const small = await covers.resized(cover, 100);
    expect(await sizeOf(small.bytes)).toEqual([100, 50, 'jpeg']);
    expect(small).toMatchObject({ mediaType: 'image/jpeg', etag: `"${cover.assetId}-100"` });
    expect(await sizeOf((await covers.resized(cover, 2000)).bytes)).toEqual([800, 400, 'jpeg']);
  });

  it('keeps what is transparent', async () => {
    const source = await picture(300, 300, 0.5);
    const { bytes, mediaType } = await createCovers(readerOf(source), pool).resized(stored(source), 64);
    expect(mediaType).toBe('image/png');
    expect(await sizeOf(bytes)).toEqual([64, 64, 'png']);
  });

  it('is read and decoded once, however many ask for it', async () => {
    const source = await picture(500, 500);
    const reader = readerOf(source);
    const covers = createCovers(reader, pool);
    const cover = stored(source);
    const answers = await Promise.all([1, 2, 3].map(() => covers.resized(cover, 50)));
    expect(new Set(answers.map(({ bytes }) => bytes)).size).toBe(1);
    await covers.resized(cover, 50);
    expect(reader.reads).toBe(1);
  });

  it.each([
    ['no picture at all', new TextEncoder().encode('not a picture')],
    [
      'a document',
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    ['empty', new Uint8Array(0)],
    ['of a lying header', asBytes(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]))],
  ])('that is %s is answered with a drawn one', async (_, source) => {
    const answer = await createCovers(readerOf(source), pool).resized(stored(source), 80);
    expect(await sizeOf(answer.bytes)).toEqual([80, 80, 'jpeg']);
    expect(answer.etag).toContain('unreadable');
  });

  it('that is cut off in the middle is answered with a drawn one', async () => {
    const source = (await picture(900, 900)).slice(0, 2000);
    const answer = await createCovers(readerOf(source), pool).resized(stored(source), 80);
    expect(answer.etag).toContain('unreadable');
  });

  it('that would unfold to more pixels than any cover has is not unfolded', async () => {
    const bomb = await sharp({
      create: { width: 9000, height: 9000, channels: 3, background: '#000' },
      limitInputPixels: false,
    })
      .png({ compressionLevel: 9, palette: true, colours: 2 })
      .toBuffer();
    const source = asBytes(new Uint8Array(bomb));
    await expect(pool.resize(source, 100)).rejects.toMatchObject({ code: 'media-unreadable' });
  });

  it('whose bytes cannot be read is no picture but an error', async () => {
    const failing: Pick<MediaReader, 'read' | 'release'> = {
      // oxlint-disable-next-line require-yield -- it fails before the first piece
      async *read() {
        throw new ClefError('node-offline', 'gone');
      },
      release() {},
    };
    await expect(createCovers(failing, pool).resized(stored(await picture(9, 9)), 5)).rejects.toMatchObject({
      code: 'node-offline',
    });
  });
});

describe('a drawn picture', () => {
  const covers = createCovers(readerOf(new Uint8Array(0)), pool);

  it('is the same for the same seed and another for another', async () => {
    const again = createCovers(readerOf(new Uint8Array(0)), pool);
    const [one, same, other] = await Promise.all([
      covers.placeholder('al-1', 200),
      again.placeholder('al-1', 200),
      covers.placeholder('al-2', 200),
    ]);
    expect(one.bytes).toEqual(same.bytes);
    expect(one.etag).toBe(same.etag);
    expect(one.bytes).not.toEqual(other.bytes);
    expect(await sizeOf(one.bytes)).toEqual([200, 200, 'jpeg']);
  });

  it('stays within sensible sizes', async () => {
    expect(await sizeOf((await covers.placeholder('x', 1)).bytes)).toEqual([16, 16, 'jpeg']);
    expect(await sizeOf((await covers.placeholder('x', 60_000)).bytes)).toEqual([2048, 2048, 'jpeg']);
  });

  it('stands for a person by name', async () => {
    const ann = await covers.avatar('ann');
    expect(await sizeOf(ann.bytes)).toEqual([600, 600, 'jpeg']);
    expect(ann.etag).toMatch(/^"[!#-~]+"$/);
    expect((await covers.avatar('"öwe\n')).etag).toMatch(/^"[!#-~]+"$/);
  });
});

describe('the picture workers', () => {
  it('refuse work beyond a bound, and all work once they are closed', async () => {
    const own = new PictureWorkerPool();
    const jobs = Array.from({ length: 400 }, () => own.draw('<svg/>', 16).catch((error: unknown) => error));
    const closing = own[Symbol.asyncDispose]();
    const failures = await Promise.all(jobs);
    await closing;
    expect(failures.every((error) => error instanceof ClefError)).toBe(true);
    expect(failures.at(-1)).toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('wait to be drawn'),
    });
    await expect(own.draw('<svg/>', 16)).rejects.toMatchObject({ code: 'not-ready' });
  });
});

describe('the kind of a picture', () => {
  it('is told by its bytes', async () => {
    const image = sharp({ create: { width: 2, height: 2, channels: 3, background: '#123' } });
    for (const kind of ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const) {
      expect(pictureKind(await image.clone().toFormat(kind).toBuffer())).toBe(kind);
    }
    expect(pictureKind(new Uint8Array(0))).toBeUndefined();
  });
});
