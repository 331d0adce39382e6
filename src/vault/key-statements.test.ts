import { describe, expect, it } from 'vitest';
import { fromUtf8, type LibraryId, type NodeId, utf8 } from '../core/index.ts';
import { once } from './ensure-object.ts';
import { readStatements, storeStatements } from './key-statements.ts';
import { NodeSet } from './node-set.ts';
import { createMemoryNode, type MemoryNode } from './nodes/memory.ts';

const libraryId = 'ab'.repeat(16) as LibraryId;
const statements = { library: ['one', 'two'], service: ['three'], trust: ['four'] };

async function textsOn(node: MemoryNode): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name, lengthBytes } of node.list('')) {
    texts.push(fromUtf8(await node.read(name, 0, lengthBytes)));
  }
  return texts.toSorted();
}

async function twoNodes() {
  const nodes = new NodeSet({ now: () => 0 });
  const members = ['1', '2'].map((digit) => createMemoryNode({ id: digit.repeat(32) as NodeId }));
  for (const node of members)
    await nodes.mount({ id: node.id, failureDomain: node.id, weight: 1, open: async () => node });
  return { nodes, members };
}

describe('key statements', () => {
  it('are on every node, and read back once', async () => {
    const { nodes, members } = await twoNodes();
    expect(await storeStatements(nodes, libraryId, statements)).toBe(2);
    expect(await storeStatements(nodes, libraryId, statements)).toBe(2);
    expect(await readStatements(nodes, libraryId)).toEqual(statements);
    for (const node of members) {
      const names = await Array.fromAsync(node.list(`${libraryId}/keys/`));
      expect(names).toHaveLength(4);
    }
  });

  it('are found on whichever node has them, and foreign objects are passed over', async () => {
    const { nodes, members } = await twoNodes();
    await storeStatements(nodes, libraryId, statements);
    const [first] = members;
    for await (const { name } of first?.list('') ?? []) await first?.delete(name);
    await first?.create(`${libraryId}/keys/readme`, (async function* () {})());
    expect(await readStatements(nodes, libraryId)).toEqual(statements);
  });

  it('take the place of rubbish that somebody put under their name', async () => {
    const { nodes, members } = await twoNodes();
    await storeStatements(nodes, libraryId, statements);
    const [, second] = members;
    for await (const { name, version } of second?.list('') ?? []) {
      await second?.replace(name, version, once(utf8('rubbish')));
    }
    await storeStatements(nodes, libraryId, statements);
    for (const node of members) expect(await textsOn(node)).toEqual(['four', 'one', 'three', 'two']);
  });

  it('are read up to a bound, however many long ones a node offers', async () => {
    const { nodes, members } = await twoNodes();
    const [first, second] = members;
    if (!first || !second) throw new Error('two nodes are there');
    await storeStatements(nodes, libraryId, statements);
    let readBytes = 0;
    first.list = async function* () {
      for (let at = 0; at < 1000; at++) {
        const name = `${libraryId}/keys/library-${at.toString(16).padStart(32, '0')}.jws`;
        yield { name, lengthBytes: 2 ** 21, version: '1', modifiedAtMs: 0 };
      }
    };
    first.read = async (_name, _offset, lengthBytes) => {
      readBytes += lengthBytes;
      return utf8('x');
    };
    const found = await readStatements(nodes, libraryId);
    expect(readBytes).toBe(2 ** 26);
    // What another node holds counts all the same.
    expect(found).toEqual({ ...statements, library: ['x', ...statements.library] });
  });

  it('that no node takes are an error', async () => {
    const nodes = new NodeSet({ now: () => 0 });
    await expect(storeStatements(nodes, libraryId, statements)).rejects.toMatchObject({
      code: 'vault-too-few-nodes',
    });
  });
});
