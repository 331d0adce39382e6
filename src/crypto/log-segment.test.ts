import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bytes, LibraryId, ServerId } from '../core/index.ts';
import { utf8 } from '../core/index.ts';
import { type LogSegmentHeader, sealLogSegment, verifyLogSegment } from './log-segment.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';
import { generateKey } from './track-key.ts';
import { signTrust, type Trust, verifyTrust } from './trust.ts';

const header: LogSegmentHeader = {
  libraryId: '11'.repeat(16) as LibraryId,
  serverId: '22'.repeat(16) as ServerId,
  seq: 7,
  previous: new Uint8Array(32),
  kind: 'changes',
  part: 1,
  isLast: true,
  position: 99,
  createdAtMs: 1_700_000_000_000,
};

async function trustIn(...signers: SigningKey[]): Promise<Trust> {
  const root = await generateSigningKey();
  const keys = signers.map(({ publicJwk }) => ({ role: 'server' as const, jwk: publicJwk }));
  return verifyTrust(await signTrust({ libraryId: header.libraryId, version: 1, keys }, root), root.kid);
}

describe('a log segment', () => {
  const libraryKey = generateKey();
  const payload = utf8('{"table":"track"}\n'.repeat(50));
  let signer: SigningKey;
  let trust: Trust;
  let object: Bytes;
  beforeAll(async () => {
    signer = await generateSigningKey();
    trust = await trustIn(signer);
    object = await sealLogSegment({ header, payload, epoch: 1, libraryKey, signer });
  });

  it('opens to what was sealed, and says where it belongs without the key', async () => {
    const segment = await verifyLogSegment(object, trust);
    expect(segment.header).toEqual(header);
    expect(segment.epoch).toBe(1);
    expect(await segment.open(libraryKey)).toEqual(payload);
  });

  it('stays shut under another key', async () => {
    const segment = await verifyLogSegment(object, trust);
    await expect(segment.open(generateKey())).rejects.toMatchObject({ code: 'decryption-failed' });
  });

  it('is refused from a server that the root did not name', async () => {
    const stranger = await generateSigningKey();
    const forged = await sealLogSegment({ header, payload, epoch: 1, libraryKey, signer: stranger });
    await expect(verifyLogSegment(forged, trust)).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  it('is refused after any change of a byte, or shortened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(object.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = new Uint8Array(object);
        changed[at] = (changed[at] ?? 0) ^ flip;
        await expect(verifyLogSegment(changed, trust)).rejects.toMatchObject({ code: 'signature-invalid' });
        await expect(verifyLogSegment(object.slice(0, at), trust)).rejects.toMatchObject({
          code: 'signature-invalid',
        });
      }),
      { numRuns: 60 },
    );
  });
});
