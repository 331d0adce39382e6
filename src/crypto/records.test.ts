import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../test/support/crypto-library.ts';
import { type AssetId, type Bytes, type LibraryId, toHex } from '../core/index.ts';
import { type AeadFactory, webCryptoAead } from './aead.ts';
import { createAssetHeader, openAssetCipher } from './asset.ts';
import { decryptionFailed } from './failure.ts';
import type { JsonValue } from './json.ts';
import { MAX_RECORD_BYTES, openRecord, type RecordPlace, sealRecord } from './records.ts';
import { generateTrackKey } from './track-key.ts';

function place(): RecordPlace {
  return {
    trackKey: generateTrackKey(),
    libraryId: newId<LibraryId>(),
    assetId: newId<AssetId>(),
    revision: 3,
    type: 'birth',
  };
}

/** Fails as soon as a key and nonce seal a second time. */
function countingAead(seen: Set<string>): AeadFactory {
  return async (key) => {
    const aead = await webCryptoAead(key);
    return {
      seal(nonce, plaintext) {
        const pair = `${toHex(key)} ${toHex(nonce)}`;
        expect(seen.has(pair)).toBe(false);
        seen.add(pair);
        return aead.seal(nonce, plaintext);
      },
      open: (nonce, sealed) => aead.open(nonce, sealed),
    };
  };
}

describe('a sealed record', () => {
  it('opens to the value that was sealed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const at = place();
        // JSON knows no negative zero.
        const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
        expect(await openRecord({ ...at, sealed: await sealRecord({ ...at, value: plain }) })).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it('opens where it fills several chunks, and is refused beyond its limit', async () => {
    const at = place();
    const value = 'x'.repeat(200_000);
    expect(await openRecord({ ...at, sealed: await sealRecord({ ...at, value }) })).toBe(value);
    await expect(sealRecord({ ...at, value: 'x'.repeat(MAX_RECORD_BYTES) })).rejects.toMatchObject({
      code: 'unsupported-format',
    });
  });

  it('has the same length for titles that differ in length', async () => {
    const at = place();
    const lengths = await Promise.all(
      ['A', 'Another title of some words'].map(
        async (title) => (await sealRecord({ ...at, value: { title } })).length,
      ),
    );
    expect(lengths[0]).toBe(lengths[1]);
  });

  it('opens in its own place only', async () => {
    const at = place();
    const sealed = await sealRecord({ ...at, value: { title: 'Nocturne' } });
    const elsewhere: Partial<RecordPlace>[] = [
      { trackKey: generateTrackKey() },
      { libraryId: newId<LibraryId>() },
      { assetId: newId<AssetId>() },
      { revision: 4 },
      { type: 'tags' },
    ];
    for (const change of elsewhere) {
      await expect(openRecord({ ...at, ...change, sealed })).rejects.toEqual(decryptionFailed());
    }
  });

  it('does not open after a flip of any one bit, cut short or lengthened', async () => {
    const at = place();
    const sealed = await sealRecord({ ...at, value: { title: 'Nocturne' } });
    const changes: ((pick: number, bit: number) => Uint8Array)[] = [
      (pick, bit) => flipped(sealed, pick % sealed.length, bit),
      (pick) => sealed.subarray(0, pick % sealed.length),
      (pick) => new Uint8Array([...sealed, ...new Uint8Array(1 + (pick % 100))]),
    ];
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (kind, pick, bit) => {
        const changed = changes[kind]?.(pick, bit) ?? sealed;
        await expect(openRecord({ ...at, sealed: changed })).rejects.toMatchObject({
          // The first byte is the version, which is told from a failure.
          code: changed[0] === 1 || changed.length < 81 ? 'decryption-failed' : 'unsupported-format',
        });
      }),
      { numRuns: 200 },
    );
  });

  it('that claims to be longer than a record can be is refused before it is read', async () => {
    const at = place();
    const sealed = new Uint8Array(MAX_RECORD_BYTES * 2);
    sealed[0] = 1;
    await expect(openRecord({ ...at, sealed })).rejects.toMatchObject({ code: 'unsupported-format' });
  });
});

describe('nonces', () => {
  it('never repeat under one key over 1,000 revisions of a record', async () => {
    const seen = new Set<string>();
    const at = place();
    for (let edit = 0; edit < 1_000; edit++) {
      // A crash can make a writer use a revision twice; the fresh salt keeps even that apart.
      await sealRecord({ ...at, revision: edit >> 1, value: { edit } }, countingAead(seen));
    }
    expect(seen.size).toBe(1_000);
  });

  it('never repeat under one key over assets that share a track key', async () => {
    const seen = new Set<string>();
    const trackKey = generateTrackKey();
    const assetId = newId<AssetId>();
    const paddedLengthBytes = 70_000;
    for (let time = 0; time < 20; time++) {
      const header = await createAssetHeader({ assetId, trackKey, paddedLengthBytes });
      const cipher = await openAssetCipher(trackKey, header, countingAead(seen));
      await cipher.sealChunk(0, new Uint8Array(65_536));
      await cipher.sealChunk(1, new Uint8Array(paddedLengthBytes - 65_536));
    }
    expect(seen.size).toBe(40);
  });
});

function flipped(bytes: Uint8Array, at: number, bit: number): Bytes {
  const changed = new Uint8Array(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}
