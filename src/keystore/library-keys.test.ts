import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AssetId, LayoutId, LibraryId, ServerId } from '../core/index.ts';
import {
  createAssetHeader,
  currentEpoch,
  encodeAssetHeader,
  generateIdentity,
  generateSigningKey,
  generateTrackKey,
  type Identity,
  openAssetCipher,
  type Recipient,
  sealKeyring,
  sealRecord,
  sha256,
  signManifest,
  signTrust,
  type SigningKey,
  succeedKeyring,
  wrapTrackKey,
} from '../crypto/index.ts';
import { drillRecoveryKit, type SampledAsset } from './drill.ts';
import { keysStatus } from './keys-status.ts';
import {
  createLibraryKeys,
  joinStatements,
  type KeyStatements,
  type LoadedKeys,
  loadLibraryKeys,
  openStatements,
} from './library-keys.ts';
import type { OpenRecoveryKit } from './recovery-kit.ts';
import { readSeenKeys, writeSeenKeys } from './seen-keys.ts';
import { generateServerKey, parseServerKey, type ServerKey } from './server-key.ts';

const LIBRARY = 'c3'.repeat(16) as LibraryId;
const NOTHING: KeyStatements = { library: [], service: [], trust: [] };

let recovery: { identity: Identity; recipient: Recipient };
let root: SigningKey;
let server: ServerKey;
let first: LoadedKeys;

beforeAll(async () => {
  recovery = await generateIdentity('recovery');
  root = await generateSigningKey();
  server = await parseServerKey(await generateServerKey('d4'.repeat(16) as ServerId));
  first = await createLibraryKeys({ libraryId: LIBRARY, root, recovery: recovery.recipient, server });
});

/** What an administrator's server writes when it opens an epoch in the library keyring. */
async function rotated(from: LoadedKeys, signer: SigningKey): Promise<string> {
  const next = succeedKeyring(from.library, from.seen.heads.library.hash, { openEpoch: true });
  return sealKeyring(next, signer);
}

describe('the first keys of a library', () => {
  it('open to the server and to the recovery key, and to nobody else', async () => {
    const { statements } = first.seen;
    const pin = { libraryId: LIBRARY, rootFingerprint: root.kid };
    const recovered = await openStatements(statements, pin, recovery.identity);
    expect(currentEpoch(recovered.library)).toEqual(currentEpoch(first.library));
    expect(currentEpoch(recovered.service)).toEqual(currentEpoch(first.service));
    expect(currentEpoch(recovered.service)).not.toEqual(currentEpoch(first.library));
    const stranger = await generateIdentity('server');
    await expect(openStatements(statements, pin, stranger.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('name the server as signer of manifests and as administrator', () => {
    expect(first.trust.keyFor(server.signingKey.kid)).toBeDefined();
    expect(first.trust.keyFor(root.kid)).toBeUndefined();
    expect(first.library.administrators).toEqual([server.signingKey.kid]);
  });

  it('load again from the nodes, and from memory while every node is away', async () => {
    for (const fromNodes of [first.seen.statements, NOTHING]) {
      const loaded = await loadLibraryKeys(first.seen, fromNodes, server.identity);
      expect(loaded.library).toEqual(first.library);
      expect(loaded.seen).toEqual(first.seen);
      expect(loaded.rejected).toEqual([]);
    }
  });
});

describe('keys that changed', () => {
  it('are taken over from the nodes, and remembered', async () => {
    const second = await rotated(first, server.signingKey);
    const loaded = await loadLibraryKeys(first.seen, { ...NOTHING, library: [second] }, server.identity);
    expect(loaded.library.version).toBe(2);
    expect(loaded.library.epochs).toHaveLength(2);
    expect(loaded.seen.heads.library.version).toBe(2);
    expect(loaded.seen.statements.library).toHaveLength(2);
    const later = await loadLibraryKeys(loaded.seen, NOTHING, server.identity);
    expect(later.library.version).toBe(2);
  });

  it('cannot be rolled back by nodes that forgot them', async () => {
    const second = await rotated(first, server.signingKey);
    const { seen } = await loadLibraryKeys(first.seen, { ...NOTHING, library: [second] }, server.identity);
    const forgetful = { ...seen, statements: first.seen.statements };
    await expect(loadLibraryKeys(forgetful, first.seen.statements, server.identity)).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
  });

  it('stop the server where two of them follow the same one', async () => {
    const branches = [await rotated(first, server.signingKey), await rotated(first, server.signingKey)];
    const loading = loadLibraryKeys(first.seen, { ...NOTHING, library: branches }, server.identity);
    await expect(loading).rejects.toMatchObject({ code: 'keyring-conflict' });
  });

  it('are refused and reported from a stranger who knows only the public recipients', async () => {
    const stranger = await generateSigningKey();
    const forged = await rotated(first, stranger);
    const loaded = await loadLibraryKeys(
      first.seen,
      { ...NOTHING, library: [forged, 'junk'] },
      server.identity,
    );
    expect(loaded.library.version).toBe(1);
    expect(loaded.rejected.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['keyring-rejected', 'keyring-rejected']) as string[],
    );
    expect(loaded.seen.statements.library).toHaveLength(1);
  });

  it('do not come from a statement of trust that is older than one seen, or of another root', async () => {
    const keys = [{ role: 'server', jwk: server.signingKey.publicJwk }] as const;
    const second = await signTrust({ libraryId: LIBRARY, version: 2, keys }, root);
    const { seen } = await loadLibraryKeys(first.seen, { ...NOTHING, trust: [second] }, server.identity);
    expect(seen.trustVersion).toBe(2);
    const forgetful = { ...seen, statements: first.seen.statements };
    await expect(loadLibraryKeys(forgetful, NOTHING, server.identity)).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    const foreign = await signTrust({ libraryId: LIBRARY, version: 9, keys }, await generateSigningKey());
    const loaded = await loadLibraryKeys(seen, { ...NOTHING, trust: [foreign] }, server.identity);
    expect(loaded.trust.version).toBe(2);
    expect(loaded.rejected).toHaveLength(1);
  });
});

describe('the memory of seen keys', () => {
  it('comes back from its file, and is refused where it is damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clef-seen-'));
    const path = join(folder, 'keyring-seen.json');
    expect(await readSeenKeys(path)).toBeUndefined();
    await writeSeenKeys(path, first.seen);
    expect(await readSeenKeys(path)).toEqual(first.seen);
    await writeFile(path, '{"format":"clef-keyrings-seen"}');
    await expect(readSeenKeys(path)).rejects.toMatchObject({ code: 'data-invalid' });
    await rm(folder, { recursive: true });
  });
});

describe('the drill', () => {
  const kit = (): OpenRecoveryKit => ({
    libraryId: LIBRARY,
    createdAtMs: 0,
    rootFingerprint: root.kid,
    recoveryThumbprint: recovery.recipient.thumbprint,
    nodes: [],
    recovery: recovery.identity,
    recipient: recovery.recipient,
    root,
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
        libraryId: LIBRARY,
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
          libraryId: LIBRARY,
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
    const report = await drillRecoveryKit(kit(), first.seen.statements, [await sealSample(first)]);
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
    await expect(drillRecoveryKit(kit(), NOTHING, [])).rejects.toMatchObject({ code: 'keyring-rejected' });
  });

  it('fails with a kit of another library or another root', async () => {
    const other = { ...kit(), rootFingerprint: (await generateSigningKey()).kid };
    await expect(drillRecoveryKit(other, first.seen.statements, [])).rejects.toMatchObject({
      code: 'keyring-rejected',
    });
    const elsewhere = { ...kit(), libraryId: '00'.repeat(16) as LibraryId };
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
    await expect(drillRecoveryKit(kit(), statements, [damaged])).rejects.toMatchObject({
      code: 'decryption-failed',
    });
    const [head, body, signature] = sample.manifest.split('.');
    const forged = {
      ...sample,
      manifest: `${head}.${body}.${signature?.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
    };
    await expect(drillRecoveryKit(kit(), statements, [forged])).rejects.toMatchObject({
      code: 'signature-invalid',
    });
  });

  it('says that the epoch is missing where the nodes hold an older keyring than their assets', async () => {
    const second = await loadLibraryKeys(
      first.seen,
      { ...NOTHING, library: [await rotated(first, server.signingKey)] },
      server.identity,
    );
    const sample = await sealSample(second);
    await expect(drillRecoveryKit(kit(), first.seen.statements, [sample])).rejects.toMatchObject({
      code: 'keyring-rejected',
      message: expect.stringContaining('epoch 2') as string,
    });
    const all = joinStatements(first.seen.statements, second.seen.statements);
    expect((await drillRecoveryKit(kit(), all, [sample])).epochCount).toBe(2);
  });
});

describe('keysStatus', () => {
  const phrase = 'whoever takes this whole machine can read open libraries';

  it('says plainly what a key file beside the vault means', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clef-status-'));
    const path = join(folder, 'server.key');
    await writeFile(path, '');
    const status = await keysStatus({
      keys: first,
      server,
      place: { kind: 'file', path },
      nodeFolders: [folder],
    });
    expect(status.serverKey).toMatchObject({ kind: 'file', besideVault: true });
    expect(status.serverKey.sentence).toContain(phrase);
    const away = await keysStatus({
      keys: first,
      server,
      place: { kind: 'file', path },
      nodeFolders: ['/proc'],
    });
    expect(away.serverKey.besideVault).toBe(false);
    expect(away.serverKey.sentence).toContain(phrase);
    await rm(folder, { recursive: true });
  });

  it('lists recipients, epochs and which of them is this server', async () => {
    const place = { kind: 'credential', directory: '/run', name: 'clef' } as const;
    const { keyrings } = await keysStatus({ keys: first, server, place, nodeFolders: [] });
    expect(keyrings.map(({ kind, version, currentEpoch }) => [kind, version, currentEpoch])).toEqual([
      ['library', 1, 1],
      ['service', 1, 1],
    ]);
    expect(keyrings[0]?.recipients.map(({ role, isThisServer }) => [role, isThisServer])).toEqual([
      ['recovery', false],
      ['server', true],
    ]);
    expect(keyrings[0]?.administrators).toEqual([{ kid: server.signingKey.kid, isThisServer: true }]);
  });
});
