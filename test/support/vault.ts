import { type ByteRange, type Bytes, concatBytes, type NodeId, type Policy } from '../../src/core/index.ts';
import { generateKey } from '../../src/crypto/index.ts';
import { tableErasureCode } from '../../src/vault/erasure/table.ts';
import {
  createVault,
  type DamageReport,
  nodeAead,
  NodeSet,
  releasePiece,
  type Vault,
  type VaultOptions,
  type WrittenAsset,
  type RepairOptions,
} from '../../src/vault/index.ts';
import { createMemoryNode, type MemoryNode } from '../../src/vault/nodes/memory.ts';
import type { ByteSource, StorageNode } from '../../src/vault/nodes/port.ts';
import { createCryptoLibrary, type CryptoLibrary } from './crypto-library.ts';

export interface TestVault<Node extends StorageNode = MemoryNode> {
  readonly library: CryptoLibrary;
  readonly nodes: readonly Node[];
  readonly set: NodeSet;
  readonly policy: Policy;
  readonly vault: Vault;
  readonly damage: DamageReport[];
  readonly clock: { nowMs: number };
}

/** A repair that looks at every byte, and tells nobody what it found. */
export function repairOf({ set, library }: TestVault): RepairOptions {
  return {
    nodes: set,
    libraryId: library.libraryId,
    trust: library.trust,
    now: () => 0,
    erasure: tableErasureCode,
    depth: 'full',
    onOutcome: () => undefined,
  };
}

export function memoryNodes(count: number): MemoryNode[] {
  return Array.from({ length: count }, (_, i) => createMemoryNode({ id: testNodeId(i) }));
}

export function testNodeId(i: number): NodeId {
  return i.toString(16).padStart(32, '0') as NodeId;
}

/** A vault over these nodes with keys of its own. The clock stands until the test moves it. */
export async function createTestVault<Node extends StorageNode>(
  nodes: readonly Node[],
  options: Partial<VaultOptions> & { readonly policy: Policy; readonly library?: CryptoLibrary },
): Promise<TestVault<Node>> {
  const library = options.library ?? (await createCryptoLibrary());
  const clock = { nowMs: 1_000_000 };
  const set = new NodeSet({ now: () => clock.nowMs });
  for (const node of nodes) {
    await set.mount({ id: node.id, failureDomain: node.failureDomain, weight: 1, open: async () => node });
  }
  const damage: DamageReport[] = [];
  const key = generateKey();
  const vault = createVault({
    libraryId: library.libraryId,
    nodes: set,
    aead: nodeAead,
    erasure: tableErasureCode,
    signer: library.signer,
    currentEpoch: () => ({ epoch: 1, key }),
    onDamage: (report) => damage.push(report),
    now: () => clock.nowMs,
    cacheBytes: 0,
    ...options,
  });
  return { library, nodes, set, policy: options.policy, vault, damage, clock };
}

/** Reproducible bytes that do not repeat within a chunk. */
export function patternBytes(lengthBytes: number, seed = 1): Bytes {
  const bytes = new Uint8Array(lengthBytes);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < lengthBytes; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

export async function* sourceOf(bytes: Uint8Array, pieceBytes = 50_000): ByteSource {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield bytes.subarray(start, start + pieceBytes);
}

export function writeBytes(vault: Vault, bytes: Bytes, signal?: AbortSignal): Promise<WrittenAsset> {
  return vault.write({
    kind: 'original',
    lengthBytes: bytes.length,
    plaintext: sourceOf(bytes),
    birth: { title: 'Ein Lied' },
    ...(signal && { signal }),
  });
}

/** A range of the plaintext, the whole by default; every piece is released as a server would. */
export async function readBytes(vault: Vault, asset: WrittenAsset, range?: ByteRange): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const wanted = range ?? { startBytes: 0, endBytes: asset.lengthBytes };
  for await (const piece of vault.read(asset, asset.trackKey, wanted)) {
    pieces.push(piece.slice());
    releasePiece(piece);
  }
  return concatBytes(...pieces);
}

/** Vitest's own comparison takes seconds for a megabyte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
