/**
 * Makes test/fixtures/format-v1: `node test/support/make-format-fixture.ts FOLDER`. It was run once; what it
 * made stays as it is, and must open for ever. A format change makes a fixture beside it, never in its place.
 */
import { KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Change } from '../../src/catalog/index.ts';
import { type AssetId, type LibraryId, randomId, type ServerId, toHex, utf8 } from '../../src/core/index.ts';
import {
  chooseKeyring,
  createLibraryKeyring,
  createServiceKeyring,
  currentEpoch,
  type EpochKey,
  generateIdentity,
  generateSigningKey,
  type JsonValue,
  type Padding,
  sealKeyring,
  sealLogSegment,
  sealRecord,
  sealSecret,
  sha256,
  signStatement,
  signTrust,
  succeedKeyring,
} from '../../src/crypto/index.ts';
import { segmentName } from '../../src/library-log/names.ts';
import { packChanges } from '../../src/library-log/payload.ts';
import { tableErasureCode } from '../../src/vault/erasure/table.ts';
import { createVault, nodeAead, NodeSet, storeStatements } from '../../src/vault/index.ts';
import { initDirectoryNode, openDirectoryNode } from '../../src/vault/nodes/directory.ts';
import { patternBytes, sourceOf } from './vault.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: make-format-fixture.ts FOLDER');
await mkdir(folder);

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
const now = () => Date.parse('2026-11-23T00:00:00Z');
const libraryId = randomId<LibraryId>(random);

// Keys, in the clear: this library holds nothing.
const [recovery, server, stranger] = [
  await generateIdentity('recovery'),
  await generateIdentity('server'),
  await generateIdentity('recovery'),
];
const [root, signer, thief] = [
  await generateSigningKey(),
  await generateSigningKey(),
  await generateSigningKey(),
];
await mkdir(join(folder, 'keys'));
for (const [name, key] of [
  ['recovery-key', recovery.identity.privateKey],
  ['root-key', root.privateKey],
  ['server-key', server.identity.privateKey],
  ['stranger-key', stranger.identity.privateKey],
] as const) {
  const pem = KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' });
  await writeFile(join(folder, 'keys', `${name}.pem`), pem);
}

// The root's first version, an administrator's second with a new epoch, and a forgery that says it is the third.
const first = {
  libraryId,
  recipients: [recovery.recipient, server.recipient],
  administrators: [signer.kid],
};
const keyring1 = createLibraryKeyring(first);
const library1 = await sealKeyring(keyring1, root);
const target = { kind: 'library', libraryId, rootFingerprint: root.kid } as const;
const { chosen } = await chooseKeyring([library1], target);
const keyring2 = succeedKeyring(keyring1, chosen.hash, { openEpoch: true });
const library2 = await sealKeyring(keyring2, signer);
const second = await chooseKeyring([library1, library2], target);
const forged = await sealKeyring(succeedKeyring(keyring2, second.chosen.hash, { openEpoch: true }), thief);
const service = createServiceKeyring(first);
const serviceKeyring = await sealKeyring(service, root);
const trustKeys = [{ role: 'server', jwk: signer.publicJwk }] as const;
const trust = await signTrust({ libraryId, version: 1, keys: trustKeys }, root);
const forgedTrust = await signTrust(
  { libraryId, version: 2, keys: [{ role: 'server', jwk: thief.publicJwk }] },
  thief,
);

const nodes = new NodeSet({ now });
for (const name of ['alpha', 'beta', 'gamma']) {
  const path = join(folder, 'nodes', name);
  await mkdir(path, { recursive: true });
  const id = await initDirectoryNode({ root: path, random, library: libraryId });
  await nodes.mount({
    id,
    failureDomain: name,
    weight: 1,
    open: () => openDirectoryNode({ root: path, expectedId: id, failureDomain: name }),
  });
}
await storeStatements(nodes, libraryId, {
  library: [library1, library2, forged],
  service: [serviceKeyring],
  trust: [trust, forgedTrust],
});

interface Written {
  readonly policy: { readonly k: number; readonly m: number };
  readonly lengthBytes: number;
  readonly epoch: EpochKey;
  readonly kind?: 'original' | 'cover';
  readonly padding?: Padding;
  readonly birth?: JsonValue;
}

const [epoch1, epoch2] = [currentEpoch(keyring1), currentEpoch(keyring2)];
const tags = { title: 'Étude Nº 3', artists: ['Зоя', '久石'], year: 1999 };
const plan: readonly Written[] = [
  { policy: { k: 1, m: 0 }, lengthBytes: 0, epoch: epoch1 },
  { policy: { k: 1, m: 0 }, lengthBytes: 1, epoch: epoch1, kind: 'cover' },
  { policy: { k: 1, m: 0 }, lengthBytes: 65_536, epoch: epoch1 },
  { policy: { k: 1, m: 0 }, lengthBytes: 300_000, epoch: epoch2, birth: tags },
  { policy: { k: 2, m: 1 }, lengthBytes: 0, epoch: epoch1 },
  { policy: { k: 2, m: 1 }, lengthBytes: 65_537, epoch: epoch2, padding: 'none' },
  { policy: { k: 2, m: 1 }, lengthBytes: 540_000, epoch: epoch2, birth: tags },
];

const assets: JsonValue[] = [];
const records: JsonValue[] = [];
await mkdir(join(folder, 'records'));
for (const [at, { policy, lengthBytes, epoch, kind, padding, birth }] of plan.entries()) {
  const vault = createVault({
    libraryId,
    nodes,
    policy,
    padding: padding ?? 'padme',
    signer,
    aead: nodeAead,
    erasure: tableErasureCode,
    currentEpoch: () => epoch,
    onDamage: () => {},
    now,
  });
  const plaintext = patternBytes(lengthBytes, at + 1);
  const facts = { kind: kind ?? 'original', lengthBytes, birth: birth ?? {} } as const;
  const written = await vault.write({ ...facts, plaintext: sourceOf(plaintext) });
  assets.push({
    asset: written.assetId,
    layout: written.layoutId,
    policy: `${policy.k}+${policy.m}`,
    epoch: written.epoch,
    ...facts,
    sha256: toHex(await sha256(plaintext)),
  });
  if (birth === undefined) continue;
  for (const [revision, lines] of [
    [1, 1],
    [2, 30_000],
  ] as const) {
    const title = `${tags.title}, revision ${revision}`;
    const value = { ...tags, title, lyrics: 'la '.repeat(lines) };
    const place = { trackKey: written.trackKey, libraryId, assetId: written.assetId, revision, type: 'tags' };
    await writeFile(
      join(folder, 'records', `${written.assetId}.${revision}.tags`),
      await sealRecord({ ...place, value }),
    );
    const hash = toHex(await sha256(utf8(JSON.stringify(value))));
    records.push({ asset: written.assetId, revision, type: 'tags', title, sha256: hash });
  }
}

// A log of two segments by one server, and a tombstone, each on two nodes.
const serverId = randomId<ServerId>(random);
const change = (seq: number, title: string | undefined): Change => ({
  seq,
  table: 'track',
  key: [17, 2 ** 40 + 17],
  rowVersion: seq,
  ...(title === undefined ? {} : { row: { title, gain: -6.5, artist: null, hash: { $bytes: 'AAEC' } } }),
});
const segments = [[change(1, 'Étude'), change(2, 'Étude Nº 3')], [change(3, undefined)]];
let previous = new Uint8Array(32);
const [alpha, beta] = nodes.reachable();
for (const [at, changes] of segments.entries()) {
  const object = await sealLogSegment({
    header: {
      libraryId,
      serverId,
      seq: at + 1,
      previous,
      kind: 'changes',
      part: 1,
      isLast: true,
      position: changes.at(-1)?.seq ?? 0,
      createdAtMs: now(),
    },
    payload: await packChanges(changes),
    epoch: epoch2.epoch,
    libraryKey: epoch2.key,
    signer,
  });
  previous = await sha256(object);
  const name = { serverId, seq: at + 1, hashPrefix: toHex(previous).slice(0, 16) };
  for (const node of [alpha, beta]) await node?.create(segmentName(libraryId, name), sourceOf(object));
}
const buried = { asset: randomId<AssetId>(random), atMs: now() };
const tombstone = await signStatement('clef-tombstone', { format: 1, library: libraryId, ...buried }, signer);
for (const node of [alpha, beta]) {
  await node?.create(`${libraryId}/tombstones/${buried.asset}`, sourceOf(utf8(tombstone)));
}

const places = [
  { purpose: 'app-password', userId: '1024', credentialId: '17', text: 'correct horse' },
  { purpose: 'totp-seed', userId: '2048', credentialId: '18', text: 'бат́арея' },
];
const secrets = [];
for (const { text, ...place } of places) {
  secrets.push({ ...place, sealed: toHex(await sealSecret(service, place, utf8(text))) });
}
await writeFile(join(folder, 'secrets.json'), `${JSON.stringify(secrets, null, 2)}\n`);

await writeFile(
  join(folder, 'expected.json'),
  `${JSON.stringify(
    {
      library: libraryId,
      root: root.kid,
      keyring: { version: 2, epochs: [1, 2] },
      service: { version: 1, epochs: [1] },
      trust: { version: 1, signers: [signer.kid] },
      sourceHashKey: toHex(keyring1.sourceHashKey),
      assets,
      records,
      tombstones: [buried],
      changes: segments.flat(),
      secrets: places.map(({ text }) => text),
    },
    null,
    2,
  )}\n`,
);
await nodes[Symbol.asyncDispose]();
