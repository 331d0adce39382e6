import { describe, expect, it } from 'vitest';
import type { LibraryId, NodeId } from '../core/index.ts';
import { readStatements, storeStatements } from './key-statements.ts';
import { NodeSet } from './node-set.ts';
import { createMemoryNode } from './nodes/memory.ts';

const libraryId = 'ab'.repeat(16) as LibraryId;
const statements = { library: ['one', 'two'], service: ['three'], trust: ['four'] };

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
    await storeStatements(nodes, libraryId, statements);
    await storeStatements(nodes, libraryId, statements);
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

  it('that no node takes are an error', async () => {
    const nodes = new NodeSet({ now: () => 0 });
    await expect(storeStatements(nodes, libraryId, statements)).rejects.toMatchObject({
      code: 'vault-too-few-nodes',
    });
  });
});
