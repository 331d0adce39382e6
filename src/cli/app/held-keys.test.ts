import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKeyedLibrary, type KeyedLibrary, newServer } from '../../../test/support/keyed-library.ts';
import { testNodeId } from '../../../test/support/vault.ts';
import { ClefError } from '../../core/index.ts';
import { currentEpoch } from '../../crypto/index.ts';
import {
  changeLibraryKeys,
  type KeysChange,
  type LoadedKeys,
  loadLibraryKeys,
  openStatements,
  readSeenKeys,
  type ServerKey,
  writeSeenKeys,
} from '../../keystore/index.ts';
import { NodeSet, readStatements, storeStatements } from '../../vault/index.ts';
import { createMemoryNode, type MemoryNode } from '../../vault/nodes/memory.ts';
import { HeldKeys } from './held-keys.ts';

/** Longer than a node that failed is left alone. */
const REST_MS = 6_000;

let library: KeyedLibrary;
beforeAll(async () => {
  library = await createKeyedLibrary();
});

/** Three nodes that can be taken away, and one server's data folder. */
class KeysWorld implements AsyncDisposable {
  readonly members: readonly MemoryNode[] = [0, 1, 2].map((i) => createMemoryNode({ id: testNodeId(i) }));
  readonly #away = new Set<number>();
  nowMs = 1;
  readonly folder: string;
  readonly nodes: NodeSet;

  private constructor(folder: string) {
    this.folder = folder;
    this.nodes = new NodeSet({ now: () => this.nowMs });
  }

  static async create(): Promise<KeysWorld> {
    const world = new KeysWorld(await mkdtemp(join(tmpdir(), 'clef-held-keys-')));
    await world.mount();
    await storeStatements(world.nodes, library.libraryId, library.first.seen.statements);
    await writeSeenKeys(world.seenFile, library.first.seen);
    return world;
  }

  get seenFile(): string {
    return join(this.folder, 'keyring-seen.json');
  }

  async mount(): Promise<void> {
    for (const [at, node] of this.members.entries()) {
      const open = async () => {
        if (this.#away.has(at)) throw new ClefError('node-offline', 'away');
        return this.#guarded(node, at);
      };
      await this.nodes.mount({ id: node.id, failureDomain: String(at), weight: 1, open });
    }
  }

  /** The node, refusing every call while it is away. */
  #guarded(node: MemoryNode, at: number): MemoryNode {
    return new Proxy(node, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || name === Symbol.asyncDispose) return value;
        if (this.#away.has(at)) {
          return () => {
            throw new ClefError('node-offline', 'away');
          };
        }
        return value.bind(target) as unknown;
      },
    });
  }

  async away(...members: number[]): Promise<void> {
    this.#away.clear();
    for (const at of members) this.#away.add(at);
    this.nowMs += REST_MS;
    await this.nodes.probe();
  }

  /** What a server does when it starts, from whatever a kill left behind. */
  async start(server: ServerKey = library.server): Promise<HeldKeys> {
    const seen = await readSeenKeys(this.seenFile);
    if (!seen) throw new Error('the folder has its memory of keys');
    const found = await readStatements(this.nodes, library.libraryId);
    const keys = await loadLibraryKeys(seen, found, server.identity);
    await writeSeenKeys(this.seenFile, keys.seen);
    await storeStatements(this.nodes, library.libraryId, keys.seen.statements);
    return this.held(keys, server, this.seenFile);
  }

  held(keys: LoadedKeys, server: ServerKey, seenFile: string): HeldKeys {
    return new HeldKeys({
      keys,
      server,
      place: { kind: 'file', path: '' },
      seenFile,
      libraryId: library.libraryId,
      nodes: this.nodes,
      log: pino({ level: 'silent' }),
      now: () => this.nowMs,
    });
  }

  /** Epochs of the library keyring that a reader with the kit finds on one node. */
  async epochsOn(at: number): Promise<number> {
    const node = this.members[at];
    if (!node) throw new RangeError('no such node');
    const alone = new NodeSet({ now: () => 0 });
    await alone.mount({ id: node.id, failureDomain: 'x', weight: 1, open: async () => node });
    const { libraryId, root, recovery } = library;
    const pin = { libraryId, rootFingerprint: root.kid };
    const statements = await readStatements(alone, libraryId);
    return (await openStatements(statements, pin, recovery.identity)).library.epochs.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

let world: KeysWorld;
beforeEach(async () => {
  world = await KeysWorld.create();
});
afterEach(() => world[Symbol.asyncDispose]());

const apply = (change: KeysChange, server?: ServerKey) => (current: LoadedKeys) =>
  changeLibraryKeys(current, change, { server: server ?? library.server });
const rotate = apply({ kind: 'rotate' });

describe('a change of keys', () => {
  test('is in use at once, in the data folder and on every node', async () => {
    const held = await world.start();
    expect(await held.change(rotate)).toEqual({ holders: 3, nodes: 3 });
    expect(currentEpoch(held.sealing.library).epoch).toBe(2);
    expect(currentEpoch(held.sealing.service).epoch).toBe(2);
    for (const at of [0, 1, 2]) expect(await world.epochsOn(at)).toBe(2);
    expect((await readSeenKeys(world.seenFile))?.heads.library.version).toBe(2);
  });

  test('that is refused leaves everything as it was', async () => {
    const held = await world.start();
    const before = await readSeenKeys(world.seenFile);
    const own = {
      kind: 'revoke',
      thumbprint: library.server.identity.thumbprint,
      keepAdministrators: [],
    } as const;
    await expect(held.change(apply(own))).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await readSeenKeys(world.seenFile)).toEqual(before);
    expect(await world.epochsOn(0)).toBe(1);
  });

  test('made twice at once by one server is two versions, one after the other', async () => {
    const held = await world.start();
    await Promise.all([held.change(rotate), held.change(rotate)]);
    expect(held.keys.library.version).toBe(3);
    expect((await world.start()).keys.library.epochs).toHaveLength(3);
  });
});

describe('a kill in the middle of a change', () => {
  test('before the data folder has it: nothing happened', async () => {
    await rotate((await world.start()).keys);
    const again = await world.start();
    expect(again.keys.library.version).toBe(1);
    await again.change(rotate);
    expect(again.keys.library.version).toBe(2);
  });

  test('before any node has it: the next start brings it to all, and the next change follows it', async () => {
    const next = await rotate((await world.start()).keys);
    await writeSeenKeys(world.seenFile, next.seen);
    const again = await world.start();
    expect(again.keys.library.epochs).toEqual(next.library.epochs);
    for (const at of [0, 1, 2]) expect(await world.epochsOn(at)).toBe(2);
    await again.change(rotate);
    expect((await world.start()).keys.library.version).toBe(3);
  });

  test('with one keyring of the two on one node that is away afterwards: no second successor is made', async () => {
    const next = await rotate((await world.start()).keys);
    await writeSeenKeys(world.seenFile, next.seen);
    await world.away(1, 2);
    const half = { ...next.seen.statements, service: [] };
    await storeStatements(world.nodes, library.libraryId, half);
    await world.away(0);
    const again = await world.start();
    await again.change(rotate);
    await world.away();
    await again.tend();
    for (const at of [0, 1, 2]) expect(await world.epochsOn(at)).toBe(3);
    expect((await world.start()).keys.library.epochs).toHaveLength(3);
  });

  test('when all have it: the next start has it too', async () => {
    const held = await world.start();
    await held.change(rotate);
    expect((await world.start()).keys.seen).toEqual(held.keys.seen);
  });
});

describe('a node that was away', () => {
  test('gets the keyrings when it returns, and is not asked again until something moves', async () => {
    const held = await world.start();
    await world.away(2);
    expect(await held.change(rotate)).toEqual({ holders: 2, nodes: 3 });
    expect(await world.epochsOn(2)).toBe(1);
    await world.away();
    await held.tend();
    expect(await world.epochsOn(2)).toBe(2);
    const { calls } = countCalls(world.members[0]);
    await held.tend();
    expect(calls()).toBe(0);
  });

  test('as all others: nothing is sealed under an epoch until a node has it', async () => {
    const held = await world.start();
    await world.away(0, 1, 2);
    expect(await held.change(rotate)).toEqual({ holders: 0, nodes: 3 });
    expect(currentEpoch(held.keys.library).epoch).toBe(2);
    expect(currentEpoch(held.sealing.library).epoch).toBe(1);
    await world.away(0, 1);
    await held.tend();
    expect(currentEpoch(held.sealing.library).epoch).toBe(2);
    expect(await world.epochsOn(2)).toBe(2);
  });
});

describe('two servers', () => {
  test('learn from the nodes what the other changed, and a fork of both stops neither in what it has', async () => {
    const other = await newServer('17');
    const held = await world.start();
    const add = {
      kind: 'add',
      recipient: other.recipient,
      signing: other.signingKey.publicJwk,
      administrator: other.signingKey.kid,
    } as const;
    await held.change(apply(add));
    const found = await readStatements(world.nodes, library.libraryId);
    const loaded = await loadLibraryKeys(library.first.seen, found, other.identity);
    const second = world.held(loaded, other, join(world.folder, 'other-seen.json'));
    await second.change(apply({ kind: 'rotate' }, other));
    world.nowMs += 3_600_000;
    await held.tend();
    expect(held.keys.library.epochs).toEqual(second.keys.library.epochs);
    // Each makes a successor of the same version: the nodes were looked at before the other's was there.
    const mine = await rotate(held.keys);
    await second.change(apply({ kind: 'rotate' }, other));
    await storeStatements(world.nodes, library.libraryId, mine.seen.statements);
    await writeSeenKeys(world.seenFile, mine.seen);
    const forked = world.held(mine, library.server, world.seenFile);
    world.nowMs += 3_600_000;
    await expect(forked.tend()).rejects.toMatchObject({ code: 'keyring-conflict' });
    await expect(forked.change(rotate)).rejects.toMatchObject({ code: 'keyring-conflict' });
    expect(forked.sealing.library).toEqual(mine.library);
    await expect(world.start()).rejects.toMatchObject({ code: 'keyring-conflict' });
  });
});

function countCalls(node: MemoryNode | undefined) {
  if (!node) throw new RangeError('no such node');
  let calls = 0;
  const list = node.list.bind(node);
  node.list = (...args) => {
    calls++;
    return list(...args);
  };
  return { calls: () => calls };
}
