import type { MemoryNode } from '../../src/vault/nodes/memory.ts';
import type { StorageNode } from '../../src/vault/nodes/port.ts';
import type { StorageNodeHarness } from '../contracts/storage-node.ts';

/** What the contract of a node does to one in memory, which may be asked through another. */
export function memoryHarness(memory: MemoryNode, node: StorageNode = memory): StorageNodeHarness {
  const goes = async () => {
    memory.online = false;
  };
  return {
    node,
    loseEverything: goes,
    bringBack: async () => {
      memory.online = true;
    },
    // Nothing can take its place; whatever else there is, this one does not answer.
    swapIdentity: goes,
    expireChecks: () => undefined,
    truncate: async (name, lengthBytes) => memory.tamper(name, (bytes) => bytes.slice(0, lengthBytes)),
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
}
