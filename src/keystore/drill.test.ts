import { beforeAll, describe, expect, it } from 'vitest';
import {
  createKeyedLibrary,
  type KeyedLibrary,
  NO_STATEMENTS,
  openEpoch,
} from '../../test/support/keyed-library.ts';
import type { AssetId, LayoutId, LibraryId } from '../core/index.ts';
import {
  createAssetHeader,
  currentEpoch,
  encodeAssetHeader,
  generateSigningKey,
  generateTrackKey,
  openAssetCipher,
  sealRecord,
  sha256,
  signManifest,
  wrapTrackKey,
} from '../crypto/index.ts';
import { drillRecoveryKit, type SampledAsset } from './drill.ts';
import { joinStatements, type LoadedKeys, loadLibraryKeys } from './library-keys.ts';

describe('the drill', () => {
  let libraryId: LibraryId;
  let server: KeyedLibrary['server'];
  let first: LoadedKeys;
  let kit: KeyedLibrary['kit'];
  beforeAll(async () => {
    ({ libraryId, server, first, kit } = await createKeyedLibrary());
  });

  async function sealSample(keys: LoadedKeys, text = 'x'.repeat(70_000)): Promise<SampledAsset> {
    const assetId = 'e5'.repeat(16) as AssetId;
    const trackKey = generateTrackKey();
    const plaintext = new TextEncoder().encode(text);
    const header = await createAssetHeader({ assetId, trackKey, paddedLengthBytes: plaintext.length });
    const cipher = await openAssetCipher(trackKey, header);
    const chunks = [
      await cipher.sealChunk(0, plaintext.subarray(0, 65_536)),
      await cipher.sealChunk(1, plaintext.subarray(65_536)),
    ];
    const { epoch, key } = currentEpoch(keys.library);
    const manifest = await signManifest(
      {
        format: 1,
        libraryId,
        assetId,
        layoutId: 'f6'.repeat(16) as LayoutId,
        header: encodeAssetHeader(header),
        cellChunks: 4,
        policy: { k: 1, m: 0 },
        columnTableHashes: [await sha256(new Uint8Array(0))],
        wrappedKey: await wrapTrackKey(key, trackKey),
        epoch,
        birthRecord: await sealRecord({
          trackKey,
          libraryId,
          assetId,
          revision: 0,
          type: 'birth',
          value: { kind: 'original' },
        }),
      },
      server.signingKey,
    );
    return { manifest, readSealedChunk: async (index) => chunks[index] ?? new Uint8Array(0) };
  }

  it('decrypts sampled assets with nothing but the kit and what the nodes hold', async () => {
    const report = await drillRecoveryKit(kit, first.seen.statements, [await sealSample(first)]);
    expect(report).toEqual({
      libraryVersion: 1,
      serviceVersion: 1,
      epochCount: 1,
      trustVersion: 1,
      rejectedCount: 0,
      assets: [{ assetId: 'e5'.repeat(16), decryptedBytes: 70_000 }],
    });
  });

  it('fails where the nodes lack the keyring, whatever the server remembers', async () => {
    await expect(drillRecoveryKit(kit, NO_STATEMENTS, [])).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('fails with a kit of another library or another root', async () => {
    const other = { ...kit, rootFingerprint: (await generateSigningKey()).kid };
    await expect(drillRecoveryKit(other, first.seen.statements, [])).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
    const elsewhere = { ...kit, libraryId: '00'.repeat(16) as LibraryId };
    await expect(drillRecoveryKit(elsewhere, first.seen.statements, [])).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('fails on a damaged chunk and on a manifest that no server of the library signed', async () => {
    const sample = await sealSample(first);
    const damaged = {
      ...sample,
      readSealedChunk: async (index: number) => {
        const chunk = Uint8Array.from(await sample.readSealedChunk(index));
        chunk[5] = (chunk[5] ?? 0) ^ 1;
        return chunk;
      },
    };
    const { statements } = first.seen;
    await expect(drillRecoveryKit(kit, statements, [damaged])).rejects.toMatchObject({
      code: 'decryption-failed',
    });
    const [head, body, signature] = sample.manifest.split('.');
    const forged = {
      ...sample,
      manifest: `${head}.${body}.${signature?.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
    };
    await expect(drillRecoveryKit(kit, statements, [forged])).rejects.toMatchObject({
      code: 'signature-invalid',
    });
  });

  it('says that the epoch is missing where the nodes hold an older keyring than their assets', async () => {
    const second = await loadLibraryKeys(
      first.seen,
      { ...NO_STATEMENTS, library: [await openEpoch(first, server.signingKey)] },
      server.identity,
    );
    const sample = await sealSample(second);
    await expect(drillRecoveryKit(kit, first.seen.statements, [sample])).rejects.toMatchObject({
      code: 'keyring-rejected',
      message: expect.stringContaining('epoch 2') as string,
    });
    const all = joinStatements(first.seen.statements, second.seen.statements);
    expect((await drillRecoveryKit(kit, all, [sample])).epochCount).toBe(2);
  });
});
