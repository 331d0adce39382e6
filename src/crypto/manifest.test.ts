import { beforeAll, describe, expect, it } from 'vitest';
import { type CryptoLibrary, createCryptoLibrary, newId } from '../../test/support/crypto-library.ts';
import { readJws, rewriteJws, signAnything } from '../../test/support/forgery.ts';
import type { AssetId, LayoutId } from '../core/index.ts';
import { createAssetHeader } from './asset.ts';
import { encodeAssetHeader } from './asset-header.ts';
import { type Manifest, signManifest, verifyManifest } from './manifest.ts';
import { randomBytes } from './random.ts';
import { sealRecord } from './records.ts';
import { generateSigningKey } from './signing-key.ts';
import { generateKey, generateTrackKey, wrapTrackKey } from './track-key.ts';

let library: CryptoLibrary;
let manifest: Manifest;
let jws: string;

beforeAll(async () => {
  library = await createCryptoLibrary();
  const { libraryId } = library;
  const assetId = newId<AssetId>();
  const trackKey = generateTrackKey();
  const header = await createAssetHeader({ assetId, trackKey, paddedLengthBytes: 100_000 });
  manifest = {
    format: 1,
    libraryId,
    assetId,
    layoutId: newId<LayoutId>(),
    header: encodeAssetHeader(header),
    cellChunks: 4,
    policy: { k: 2, m: 1 },
    columnTableHashes: [randomBytes(32), randomBytes(32), randomBytes(32)],
    wrappedKey: await wrapTrackKey(generateKey(), trackKey),
    epoch: 1,
    birthRecord: await sealRecord({ trackKey, libraryId, assetId, revision: 0, type: 'birth', value: {} }),
  };
  jws = await signManifest(manifest, library.signer);
});

/** Signed by the trusted server itself, so that only the content is wrong. */
function signedWith(change: Record<string, unknown>): Promise<string> {
  const { header, payload } = readJws(jws);
  return signAnything(header, { ...payload, ...change }, library.signer);
}

describe('a manifest', () => {
  it('comes back as it was signed', async () => {
    expect(await verifyManifest(jws, library.trust)).toEqual(manifest);
  });

  it('is the same bytes each time it is signed', async () => {
    expect(await signManifest(manifest, library.signer)).toBe(jws);
  });

  it('is refused from a signer that the root did not name', async () => {
    const stranger = await generateSigningKey();
    const forged = await signManifest(manifest, stranger);
    await expect(verifyManifest(forged, library.trust)).rejects.toMatchObject({ code: 'signature-invalid' });
    const renamed = rewriteJws(forged, { header: { kid: library.signer.kid } });
    await expect(verifyManifest(renamed, library.trust)).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  it('is refused after any change of its content, header or signature', async () => {
    const other = newId<AssetId>();
    const forgeries = [
      rewriteJws(jws, { payload: { asset: other } }),
      rewriteJws(jws, { payload: { epoch: 2 } }),
      rewriteJws(jws, { header: { typ: 'clef-trust' } }),
      rewriteJws(jws, { header: { alg: 'none' } }),
      rewriteJws(jws, { header: { crit: ['exp'], exp: 1 } }),
      `${jws.slice(0, -4)}AAAA`,
      jws.slice(0, jws.lastIndexOf('.') + 1),
      '',
      'a.b',
    ];
    for (const forged of forgeries) {
      await expect(verifyManifest(forged, library.trust)).rejects.toMatchObject({
        code: 'signature-invalid',
      });
    }
  });

  it('does not pass as a statement of another type, though its signer is trusted', async () => {
    const { payload } = readJws(jws);
    const kid = library.signer.kid;
    const other = await signAnything({ alg: 'EdDSA', typ: 'clef-tombstone', kid }, payload, library.signer);
    await expect(verifyManifest(other, library.trust)).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another format', { format: 2 }],
    ['a column hash too few', { k: 3 }],
    ['no data column', { k: 0, m: 3 }],
    ['another cell size', { cellChunks: 8 }],
    ['a header cut short', { header: 'Q0xFRg' }],
    ['the header of another asset', { asset: '00'.repeat(16) }],
    ['another library', { library: '00'.repeat(16) }],
    ['an id in capitals', { layout: 'AB'.repeat(16) }],
    ['a wrapped key of another size', { wrappedKey: 'AAAA' }],
    ['an epoch of zero', { epoch: 0 }],
    ['a member that the format does not know', { extra: 1 }],
  ])('with %s is malformed, even from a trusted signer', async (_, change) => {
    await expect(verifyManifest(await signedWith(change), library.trust)).rejects.toMatchObject({
      code: 'malformed-asset',
    });
  });

  it('over 32 columns, or a header over 2^40 bytes, is unsupported', async () => {
    const columns = Array.from({ length: 32 }, () => 'A'.repeat(43));
    await expect(
      verifyManifest(await signedWith({ k: 20, m: 13, columns }), library.trust),
    ).rejects.toMatchObject({ code: 'unsupported-format' });
    const header = new Uint8Array(manifest.header);
    header.fill(255, 24, 32);
    const huge = await signManifest({ ...manifest, header }, library.signer);
    await expect(verifyManifest(huge, library.trust)).rejects.toMatchObject({ code: 'unsupported-format' });
  });

  it('of many megabytes is refused before it is decoded', async () => {
    const long = `${jws.split('.')[0]}.${'A'.repeat(2 ** 22)}.AAAA`;
    await expect(verifyManifest(long, library.trust)).rejects.toMatchObject({ code: 'signature-invalid' });
  });
});
