import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AssetLocation,
  type Bytes,
  concatBytes,
  fromHex,
  fromUtf8,
  toHex,
  utf8,
} from '../../src/core/index.ts';
import {
  chooseKeyring,
  type Identity,
  importIdentity,
  keyOfEpoch,
  type LibraryKeyring,
  type Manifest,
  openLibraryKeyring,
  openRecord,
  openSecret,
  openServiceKeyring,
  type PrivateRecipientJwk,
  type ServiceKeyring,
  sha256,
  type Trust,
  unwrapTrackKey,
  verifyLogSegment,
  verifyManifest,
  verifyTrust,
} from '../../src/crypto/index.ts';
import { unpackChanges } from '../../src/library-log/payload.ts';
import { tableErasureCode } from '../../src/vault/erasure/table.ts';
import {
  columnRegions,
  createVaultReader,
  FOOTER_BYTES,
  nodeAead,
  NodeSet,
  openFacts,
  parseColumnObjectName,
  parseFooter,
  readStatements,
} from '../../src/vault/index.ts';
import { openDirectoryNode } from '../../src/vault/nodes/directory.ts';
import { verifyTombstone } from '../../src/vault/tombstones.ts';
import { FIXTURE, FIXTURE_NODES, readExpected } from '../support/format-fixture.ts';

// Made once, and it must open for ever: a failure here means that old libraries no longer open.

const expected = readExpected();
const libraryId = expected.library;

async function openNodes(names: readonly string[] = FIXTURE_NODES): Promise<NodeSet> {
  const nodes = new NodeSet({ now: () => 0 });
  for (const name of names) {
    const open = () => openDirectoryNode({ root: join(FIXTURE, 'nodes', name), failureDomain: name });
    await nodes.mount({ failureDomain: name, weight: 1, open });
  }
  return nodes;
}

/** Every object under a prefix, from whichever node has it. */
async function readAll(nodes: NodeSet, prefix: string): Promise<Map<string, Bytes>> {
  const objects = new Map<string, Bytes>();
  for (const node of nodes.reachable()) {
    for await (const { name, lengthBytes } of node.list(prefix)) {
      objects.set(name, await node.read(name, 0, lengthBytes));
    }
  }
  return objects;
}

interface Found {
  readonly manifest: Manifest;
  readonly location: AssetLocation;
}

/** The assets that the nodes hold, as their column objects tell. */
async function findAssets(nodes: NodeSet, trust: Trust): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const node of nodes.reachable()) {
    for await (const { name, lengthBytes } of node.list(`${libraryId}/`)) {
      const column = parseColumnObjectName(name);
      if (column === undefined) continue;
      const object = await node.read(name, 0, lengthBytes);
      const footer = parseFooter(object.subarray(-FOOTER_BYTES));
      const { manifestOffsetBytes, footerOffsetBytes } = columnRegions(footer);
      const jws = fromUtf8(object.subarray(manifestOffsetBytes, footerOffsetBytes));
      const manifest = await verifyManifest(jws, trust);
      const { assetId, layoutId, policy, header } = manifest;
      const columnNodes = [...(found.get(assetId)?.location.columnNodes ?? [])];
      columnNodes[column.column] = node.id;
      found.set(assetId, {
        manifest,
        location: { libraryId, assetId, layoutId, policy, header, columnNodes },
      });
    }
  }
  return found;
}

async function readIdentity(name: string): Promise<Identity> {
  const pem = readFileSync(join(FIXTURE, 'keys', `${name}.pem`));
  return importIdentity(createPrivateKey(pem).export({ format: 'jwk' }) as PrivateRecipientJwk);
}

describe('the frozen library of format v1', () => {
  let nodes: NodeSet;
  let trust: Trust;
  let keyring: LibraryKeyring;
  let service: ServiceKeyring;
  let assets: Map<string, Found>;

  beforeAll(async () => {
    nodes = await openNodes();
    const statements = await readStatements(nodes, libraryId);
    const target = { libraryId, rootFingerprint: expected.root };
    const trusts = await Promise.allSettled(statements.trust.map((jws) => verifyTrust(jws, expected.root)));
    [trust] = trusts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])) as [Trust];
    const [recovery, server] = [await readIdentity('recovery-key'), await readIdentity('server-key')];
    const library = await chooseKeyring(statements.library, { kind: 'library', ...target });
    // A forged third version lies beside the two true ones.
    expect(library.rejected).toHaveLength(1);
    keyring = await openLibraryKeyring(library.chosen, recovery);
    expect(await openLibraryKeyring(library.chosen, server)).toEqual(keyring);
    const { chosen } = await chooseKeyring(statements.service, { kind: 'service', ...target });
    service = await openServiceKeyring(chosen, recovery);
    assets = await findAssets(nodes, trust);
  });

  afterAll(() => nodes[Symbol.asyncDispose]());

  async function trackKeyOf({ manifest }: Found): Promise<Bytes> {
    const libraryKey = keyOfEpoch(keyring, manifest.epoch);
    if (libraryKey === undefined) throw new Error(`no key of epoch ${manifest.epoch}`);
    return unwrapTrackKey(libraryKey, manifest.wrappedKey);
  }

  /** SHA-256 of an asset's plaintext as the vault gives it out. */
  async function hashOf(set: NodeSet, found: Found, lengthBytes: number): Promise<string> {
    const vault = createVaultReader({
      nodes: set,
      aead: nodeAead,
      erasure: tableErasureCode,
      onDamage: () => {},
      now: () => 0,
    });
    const pieces: Bytes[] = [];
    const range = { startBytes: 0, endBytes: lengthBytes };
    for await (const piece of vault.read(found.location, await trackKeyOf(found), range)) {
      pieces.push(new Uint8Array(piece));
    }
    return toHex(await sha256(concatBytes(...pieces)));
  }

  it('has the keyrings and the trust that were written', () => {
    expect({ version: keyring.version, epochs: keyring.epochs.map(({ epoch }) => epoch) }).toEqual(
      expected.keyring,
    );
    expect({ version: service.version, epochs: service.epochs.map(({ epoch }) => epoch) }).toEqual(
      expected.service,
    );
    expect(toHex(keyring.sourceHashKey)).toBe(expected.sourceHashKey);
    expect(trust.version).toBe(expected.trust.version);
    for (const kid of expected.trust.signers) expect(trust.keyFor(kid)).toBeDefined();
  });

  it('opens every asset to the bytes and facts that were sealed', async () => {
    expect([...assets.keys()].sort()).toEqual(expected.assets.map(({ asset }) => asset).sort());
    for (const { asset, lengthBytes, kind, birth, epoch, policy, sha256: hash } of expected.assets) {
      const found = assets.get(asset);
      if (found === undefined) throw new Error('unreachable: compared above');
      const { manifest } = found;
      expect([manifest.epoch, `${manifest.policy.k}+${manifest.policy.m}`]).toEqual([epoch, policy]);
      expect(await openFacts(await trackKeyOf(found), manifest)).toEqual({ kind, lengthBytes, birth });
      expect(await hashOf(nodes, found, lengthBytes)).toBe(hash);
    }
  });

  it('opens what lies over three nodes from any two of them', async () => {
    for (const missing of FIXTURE_NODES) {
      await using present = await openNodes(FIXTURE_NODES.filter((name) => name !== missing));
      for (const { asset, policy, lengthBytes, sha256: hash } of expected.assets) {
        const found = assets.get(asset);
        if (policy === '1+0' || found === undefined) continue;
        expect(await hashOf(present, found, lengthBytes)).toBe(hash);
      }
    }
  });

  it('opens every record', async () => {
    const files = readdirSync(join(FIXTURE, 'records'));
    expect(files).toHaveLength(expected.records.length);
    for (const { asset, revision, type, title, sha256: hash } of expected.records) {
      const found = assets.get(asset);
      if (found === undefined) throw new Error(`no asset ${asset}`);
      const sealed = readFileSync(join(FIXTURE, 'records', `${asset}.${revision}.${type}`));
      const place = { trackKey: await trackKeyOf(found), libraryId, assetId: asset, revision, type };
      const value = await openRecord({ ...place, sealed });
      expect(value).toMatchObject({ title });
      expect(toHex(await sha256(utf8(JSON.stringify(value))))).toBe(hash);
    }
  });

  it('opens the service secrets', async () => {
    const sealed = JSON.parse(readFileSync(join(FIXTURE, 'secrets.json'), 'utf8')) as readonly {
      readonly purpose: string;
      readonly userId: string;
      readonly credentialId: string;
      readonly sealed: string;
    }[];
    const opened = [];
    for (const { sealed: bytes, ...place } of sealed) {
      opened.push(fromUtf8(await openSecret(service, place, fromHex(bytes))));
    }
    expect(opened).toEqual(expected.secrets);
  });

  it('opens the library log and the tombstone', async () => {
    const changes: unknown[] = [];
    const segments = await readAll(nodes, `${libraryId}/log/`);
    for (const name of [...segments.keys()].sort()) {
      const segment = await verifyLogSegment(segments.get(name) ?? new Uint8Array(), trust);
      const libraryKey = keyOfEpoch(keyring, segment.epoch);
      if (libraryKey === undefined) throw new Error(`no key of epoch ${segment.epoch}`);
      changes.push(...(await unpackChanges(await segment.open(libraryKey))));
    }
    expect(changes).toEqual(expected.changes);
    const tombstones = [];
    for (const jws of (await readAll(nodes, `${libraryId}/tombstones/`)).values()) {
      const { assetId, atMs } = await verifyTombstone(fromUtf8(jws), trust);
      tombstones.push({ asset: assetId, atMs });
    }
    expect(tombstones).toEqual(expected.tombstones);
  });
});
