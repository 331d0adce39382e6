import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../crypto/index.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  writeBytes,
} from '../../test/support/vault.ts';

const policies = [
  { k: 1, m: 0 },
  { k: 1, m: 2 },
  { k: 2, m: 1 },
  { k: 4, m: 2 },
];
const lengths = [0, 1, CHUNK_BYTES, 4 * CHUNK_BYTES, 9 * CHUNK_BYTES + 17, 40 * CHUNK_BYTES + 3];

describe.each(policies)('a vault of $k+$m', (policy) => {
  const nodeCount = policy.k + policy.m;

  it.each(lengths)('gives back %i bytes as they were written', async (lengthBytes) => {
    const { vault, damage } = await createTestVault(memoryNodes(nodeCount), { policy });
    const plaintext = patternBytes(lengthBytes);
    const asset = await writeBytes(vault, plaintext);
    expect(asset.degraded).toBe(false);
    expect(asset.lengthBytes).toBe(lengthBytes);
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    expect(damage).toEqual([]);
  });
});
