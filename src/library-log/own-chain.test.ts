import { describe, expect, it } from 'vitest';
import { createLogBench, type LogBench, SERVER } from '../../test/support/library-log.ts';
import { MemoryChanges } from '../../test/support/memory-changes.ts';
import { memoryNodes } from '../../test/support/vault.ts';
import { toHex } from '../core/index.ts';
import {
  generateSigningKey,
  sealLogSegment,
  sha256,
  type SigningKey,
  signTrust,
  type Trust,
  verifyTrust,
} from '../crypto/index.ts';
import type { MemoryNode } from '../vault/nodes/memory.ts';
import { segmentName } from './names.ts';
import { NO_HASH } from './own-chain.ts';
import { packChanges } from './payload.ts';

/** The last number that a segment's name has room for. */
const LAST_SEQ = 2 ** 48 - 1;

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A root, and a trust statement that names this server's key and that of a server that was lost. */
async function trustIn(keys: readonly SigningKey[], { libraryId }: LogBench['library']): Promise<Trust> {
  const root = await generateSigningKey();
  const named = keys.map(({ publicJwk: jwk }) => ({ role: 'server' as const, jwk }));
  return verifyTrust(await signTrust({ libraryId, version: 1, keys: named }, root), root.kid);
}

describe('the end of a chain', () => {
  it('is what its own server signed, and not what the key of a lost one did in its name', async () => {
    const nodes = memoryNodes(1);
    const [node] = nodes as [MemoryNode];
    const bench = await createLogBench(nodes, 1);
    const { libraryId, signer } = bench.library;
    const lost = await generateSigningKey();
    const trust = await trustIn([signer, lost], bench.library);
    const changes = new MemoryChanges();
    changes.put('star', [1], {});
    await (await bench.open(changes, { trust })).flush();

    const header = {
      libraryId,
      serverId: SERVER,
      seq: LAST_SEQ,
      previous: NO_HASH,
      kind: 'changes' as const,
      part: 1,
      isLast: true,
      position: 0,
      createdAtMs: 0,
    };
    const payload = await packChanges([]);
    const forged = await sealLogSegment({
      header,
      payload,
      epoch: 1,
      libraryKey: bench.libraryKey,
      signer: lost,
    });
    const hashPrefix = toHex(await sha256(forged)).slice(0, 16);
    await node.create(segmentName(libraryId, { ...header, hashPrefix }), pieces(forged));

    const log = await bench.open(changes, { trust });
    expect(log.head.seq).toBe(1);
    changes.put('star', [2], {});
    await log.flush();
    expect(log.head.seq).toBe(2);
    expect((await bench.recover({ trust })).recovered.get('star', [2])).toBeDefined();
  });
});
