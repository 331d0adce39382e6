import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { nodeAead } from '../vault/node-aead.ts';
import { type AssetId, type Bytes, concatBytes, equalBytes } from '../core/index.ts';
import { webCryptoAead } from './aead.ts';
import { createAssetHeader, openAssetCipher } from './asset.ts';
import { ASSET_HEADER_BYTES, type AssetHeader, encodeAssetHeader, parseAssetHeader } from './asset-header.ts';
import { decryptionFailed } from './failure.ts';
import { randomBytes } from './random.ts';
import { CHUNK_BYTES, chunkPlainLength, sealedChunkRange, sealedLength } from './sizes.ts';
import { generateTrackKey, type TrackKey } from './track-key.ts';

/** Of one code and message, without a cause, whatever was wrong. */
const opaque = decryptionFailed();

interface Sealed {
  readonly trackKey: TrackKey;
  readonly header: AssetHeader;
  readonly bytes: Bytes;
  readonly chunks: readonly Bytes[];
}

function contentOf(lengthBytes: number): Bytes {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += CHUNK_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + CHUNK_BYTES));
  return bytes;
}

async function sealAsset(lengthBytes: number, trackKey = generateTrackKey()): Promise<Sealed> {
  const header = await createAssetHeader({
    assetId: newId<AssetId>(),
    trackKey,
    paddedLengthBytes: lengthBytes,
  });
  const cipher = await openAssetCipher(trackKey, header);
  const bytes = contentOf(lengthBytes);
  const chunks: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const start = index * CHUNK_BYTES;
    const plaintext = bytes.subarray(start, start + chunkPlainLength(index, lengthBytes));
    chunks.push(await cipher.sealChunk(index, plaintext));
  }
  return { trackKey, header, bytes, chunks };
}

/** What any reader does: parse the header, check the commitment, open chunk after chunk. */
async function openAsset(trackKey: TrackKey, header: Bytes, sealed: Bytes): Promise<Bytes> {
  const parsed = parseAssetHeader(header);
  const cipher = await openAssetCipher(trackKey, parsed);
  const opened: Bytes[] = [];
  for (let index = 0; index < cipher.chunkCount; index++) {
    const { startBytes, endBytes } = sealedChunkRange(index, parsed.paddedLengthBytes);
    opened.push(await cipher.openChunk(index, sealed.subarray(startBytes, endBytes)));
  }
  return concatBytes(...opened);
}

describe('a sealed asset', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7])(
    'of %i bytes opens to what was sealed',
    async (length) => {
      const { trackKey, header, bytes, chunks } = await sealAsset(length);
      const sealed = concatBytes(...chunks);
      expect(sealed.length).toBe(sealedLength(length));
      const opened = await openAsset(trackKey, encodeAssetHeader(header), sealed);
      // Vitest's own comparison takes seconds for a megabyte.
      expect(equalBytes(opened, bytes)).toBe(true);
    },
  );

  it('opens to what was sealed at any length, and each chunk opens alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4 * CHUNK_BYTES), fc.nat(), async (length, pick) => {
        const { trackKey, header, bytes, chunks } = await sealAsset(length);
        const cipher = await openAssetCipher(trackKey, header);
        const index = pick % chunks.length;
        const start = index * CHUNK_BYTES;
        const opened = await cipher.openChunk(index, chunks[index] ?? new Uint8Array());
        expect(equalBytes(opened, bytes.subarray(start, start + CHUNK_BYTES))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same bytes whichever adapter seals it', async () => {
    const trackKey = generateTrackKey();
    const header = await createAssetHeader({
      assetId: newId<AssetId>(),
      trackKey,
      paddedLengthBytes: 100_000,
    });
    const [ours, nodes] = [
      await openAssetCipher(trackKey, header, webCryptoAead),
      await openAssetCipher(trackKey, header, nodeAead),
    ];
    const plaintext = contentOf(CHUNK_BYTES);
    const sealed = await ours.sealChunk(0, plaintext);
    expect(equalBytes(await nodes.sealChunk(0, plaintext), sealed)).toBe(true);
    expect(equalBytes(await nodes.openChunk(0, sealed), plaintext)).toBe(true);
  });

  it('never seals a chunk of another length than the header says', async () => {
    const { trackKey, header } = await sealAsset(10);
    const cipher = await openAssetCipher(trackKey, header);
    for (const length of [0, 9, 11])
      expect(() => cipher.sealChunk(0, new Uint8Array(length))).toThrow(RangeError);
  });
});

describe('a sealed asset that was changed', () => {
  let whole: Sealed;
  let other: Sealed;
  beforeAll(async () => {
    whole = await sealAsset(2 * CHUNK_BYTES + 100);
    other = await sealAsset(2 * CHUNK_BYTES + 100, whole.trackKey);
  });

  it('does not open after a flip of any one bit of a chunk', async () => {
    const { trackKey, header, chunks } = whole;
    const cipher = await openAssetCipher(trackKey, header);
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (index, pick, bit) => {
        const changed = new Uint8Array(chunks[index] ?? new Uint8Array());
        const at = pick % changed.length;
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await expect(async () => cipher.openChunk(index, changed)).rejects.toEqual(opaque);
      }),
    );
  });

  it('does not open truncated or lengthened', async () => {
    const { trackKey, header, chunks } = whole;
    const cipher = await openAssetCipher(trackKey, header);
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), async (index, pick) => {
        const chunk = chunks[index] ?? new Uint8Array();
        await expect(async () =>
          cipher.openChunk(index, chunk.subarray(0, pick % chunk.length)),
        ).rejects.toEqual(opaque);
        const longer = concatBytes(chunk, new Uint8Array(1 + (pick % 40)));
        await expect(async () => cipher.openChunk(index, longer)).rejects.toEqual(opaque);
      }),
    );
  });

  it('does not open with its chunks in another order', async () => {
    const { trackKey, header, chunks } = whole;
    const cipher = await openAssetCipher(trackKey, header);
    for (const [index, from] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await expect(async () => cipher.openChunk(index, chunks[from] ?? new Uint8Array())).rejects.toEqual(
        opaque,
      );
    }
  });

  it('does not open with a chunk of another asset under the same track key', async () => {
    const cipher = await openAssetCipher(whole.trackKey, whole.header);
    for (const index of [0, 1, 2]) {
      const foreign = other.chunks[index] ?? new Uint8Array();
      await expect(async () => cipher.openChunk(index, foreign)).rejects.toEqual(opaque);
    }
  });

  it('does not open with a middle chunk posing as the last, nor the last as a middle one', async () => {
    const long = await sealAsset(2 * CHUNK_BYTES);
    const trackKey = long.trackKey;
    for (const paddedLengthBytes of [CHUNK_BYTES, 3 * CHUNK_BYTES]) {
      // The length is under the commitment, so only who holds the key can even try.
      const header = await createAssetHeader({ assetId: long.header.assetId, trackKey, paddedLengthBytes });
      const forged = { ...long.header, paddedLengthBytes };
      await expect(openAssetCipher(trackKey, forged)).rejects.toEqual(opaque);
      const cipher = await openAssetCipher(trackKey, header);
      await expect(async () => cipher.openChunk(0, long.chunks[0] ?? new Uint8Array())).rejects.toEqual(
        opaque,
      );
    }
  });

  it('does not open with another key', async () => {
    await expect(openAssetCipher(generateTrackKey(), whole.header)).rejects.toEqual(opaque);
  });

  it('does not open after a flip of any one bit of its header', async () => {
    const { trackKey, header, chunks } = whole;
    const sealed = concatBytes(...chunks);
    const encoded = encodeAssetHeader(header);
    await fc.assert(
      fc.asyncProperty(fc.nat(ASSET_HEADER_BYTES - 1), fc.nat(7), async (at, bit) => {
        const changed = new Uint8Array(encoded);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await expect(openAsset(trackKey, changed, sealed)).rejects.toMatchObject({
          code: expect.stringMatching(/^(decryption-failed|malformed-asset|unsupported-format)$/),
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('an asset header', () => {
  const header: AssetHeader = {
    assetId: '000102030405060708090a0b0c0d0e0f' as AssetId,
    paddedLengthBytes: 67_584,
    salt: randomBytes(32),
    commitment: randomBytes(32),
  };

  it('comes back from its bytes', () => {
    expect(parseAssetHeader(encodeAssetHeader(header))).toEqual(header);
  });

  it('comes back from a view into a larger buffer', () => {
    const inside = concatBytes(randomBytes(13), encodeAssetHeader(header), randomBytes(5));
    expect(parseAssetHeader(inside.subarray(13, 13 + ASSET_HEADER_BYTES))).toEqual(header);
  });

  it.each([
    ['another magic', 0, [0x63], 'malformed-asset'],
    ['a newer version', 4, [2], 'unsupported-format'],
    ['another chunk size', 5, [17], 'unsupported-format'],
    ['reserved bytes in use', 7, [1], 'unsupported-format'],
    ['a length over 2^40', 24, [0, 0, 1, 0, 0, 0, 0, 1], 'unsupported-format'],
    ['a length of 2^64 - 1', 24, [255, 255, 255, 255, 255, 255, 255, 255], 'unsupported-format'],
  ])('with %s is refused', (_, at, bytes, code) => {
    const encoded = encodeAssetHeader(header);
    encoded.set(bytes, at);
    expect(() => parseAssetHeader(encoded)).toThrow(expect.objectContaining({ code }));
  });

  it('of another length is refused', () => {
    for (const bytes of [encodeAssetHeader(header).subarray(1), randomBytes(97), new Uint8Array()]) {
      expect(() => parseAssetHeader(bytes)).toThrow(expect.objectContaining({ code: 'malformed-asset' }));
    }
  });

  it('of any bytes is parsed to the same bytes or refused', () => {
    const likely = fc
      .uint8Array({ minLength: ASSET_HEADER_BYTES, maxLength: ASSET_HEADER_BYTES })
      .map((bytes) => {
        bytes.set(encodeAssetHeader(header).subarray(0, 8));
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 120 })), (bytes) => {
        let parsed: AssetHeader;
        try {
          parsed = parseAssetHeader(bytes);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(malformed-asset|unsupported-format)$/),
          });
          return;
        }
        expect(encodeAssetHeader(parsed)).toEqual(new Uint8Array(bytes));
      }),
    );
  });
});
