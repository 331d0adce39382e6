import type { ServerId } from '../../src/core/index.ts';
import { generateKey } from '../../src/crypto/index.ts';
import {
  type ChainSummary,
  LibraryLog,
  type LibraryLogOptions,
  readLibraryLog,
  type ReadLogOptions,
} from '../../src/library-log/index.ts';
import { NodeSet, type StorageNode } from '../../src/vault/index.ts';
import { createCryptoLibrary, type CryptoLibrary } from './crypto-library.ts';
import { MemoryChanges } from './memory-changes.ts';

export const SERVER = '5e'.repeat(16) as ServerId;

/** Nodes, keys and a clock that a library log is written and read with. */
export interface LogBench {
  readonly library: CryptoLibrary;
  readonly set: NodeSet;
  readonly clock: { nowMs: number };
  readonly libraryKey: Uint8Array<ArrayBuffer>;
  /** As at the start of a server. */
  open(changes: LibraryLogOptions['changes'], options?: Partial<LibraryLogOptions>): Promise<LibraryLog>;
  /** Everything on the nodes, merged into a new catalogue, as a recovery does. */
  recover(
    options?: Partial<ReadLogOptions>,
  ): Promise<{ readonly chains: readonly ChainSummary[]; readonly recovered: MemoryChanges }>;
}

export async function createLogBench(nodes: readonly StorageNode[], copies: number): Promise<LogBench> {
  const library = await createCryptoLibrary();
  const libraryKey = generateKey();
  const clock = { nowMs: Date.parse('2026-05-06T07:08:09Z') };
  const set = new NodeSet({ now: () => clock.nowMs });
  for (const node of nodes) {
    await set.mount({ id: node.id, failureDomain: node.failureDomain, weight: 1, open: async () => node });
  }
  const { libraryId, trust } = library;
  return {
    library,
    set,
    clock,
    libraryKey,
    open: (changes, options = {}) =>
      LibraryLog.open({
        libraryId,
        serverId: SERVER,
        nodes: set,
        copies,
        changes,
        currentEpoch: () => ({ epoch: 1, key: libraryKey }),
        signer: library.signer,
        trust,
        now: () => clock.nowMs,
        ...options,
      }),
    async recover(options = {}) {
      const recovered = new MemoryChanges();
      const chains = await readLibraryLog(
        {
          libraryId,
          nodes: set,
          trust,
          libraryKey: (epoch) => (epoch === 1 ? libraryKey : undefined),
          ...options,
        },
        (changes) => recovered.apply(changes),
      );
      return { chains, recovered };
    },
  };
}
