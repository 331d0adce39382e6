import { inspect } from 'node:util';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeStorageNode, type StorageNodeHarness } from '../../../test/contracts/storage-node.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { Bucket } from '../../../test/support/s3-bucket.ts';
import { layLine } from '../../../test/support/slow-line.ts';
import { type Ceph, RADOSGW, startCeph } from '../../../test/support/start-ceph.ts';
import { type NodeId, randomId } from '../../core/index.ts';
import { markerText, TRUST_MS } from './marker.ts';
import { MARKER_NAME } from './names.ts';
import { initS3Node, openS3Node, type S3NodeSettings } from './s3.ts';

let ceph: Ceph;
let bucket: Bucket;
let count = 0;

describe.skipIf(isAbsent(RADOSGW))('in Ceph', () => {
  beforeAll(async () => {
    ceph = await startCeph();
    bucket = await Bucket.make(ceph, ceph.credentials);
  }, 180_000);
  afterAll(() => ceph[Symbol.asyncDispose]());

  describeStorageNode('a bucket', harness);

  describe('a bucket', () => {
    const prefix = 'faults/';
    const bytes = randomBytes(9 * 2 ** 20);
    beforeAll(async () => {
      await initS3Node({ address: { ...bucket.address, prefix }, credentials: ceph.credentials }, { nodeId });
      await using node = await open();
      await node.create('object', pieces());
    });
    const nodeId = randomId<NodeId>(randomBytes);
    async function* pieces() {
      yield bytes;
    }
    const open = (settings: Partial<S3NodeSettings> = {}) => {
      const address = { ...bucket.address, prefix };
      return openS3Node({ address, credentials: ceph.credentials, expectedId: nodeId, ...settings });
    };

    test('is read on where its answer broke off', async () => {
      await using line = await layLine(ceph.endpoint);
      let cuts = 0;
      await using node = await open({
        address: { ...bucket.address, prefix, endpoint: line.url },
        fetch: async (...request) => {
          const answer = await fetch(...request);
          if (answer.status !== 206 || cuts === 3) return answer;
          const cutting = new TransformStream<Uint8Array, Uint8Array>({
            transform(piece, controller) {
              controller.enqueue(piece);
              line.cut();
              line.mend();
            },
          });
          cuts++;
          return new Response(answer.body?.pipeThrough(cutting), answer);
        },
      });
      expect(Buffer.compare(await node.read('object', 0, bytes.length), bytes)).toBe(0);
      expect(cuts).toBe(3);
    });

    test('that hangs is offline, and is there again when it goes on', async () => {
      await using node = await open({ idleMs: 300 });
      await ceph.pause('gateway');
      try {
        const reading = node.read('object', 0, 10);
        await expect(reading).rejects.toMatchObject({ code: 'node-offline', retryable: true });
      } finally {
        ceph.resume('gateway');
      }
      expect(await node.read('object', 0, 10)).toHaveLength(10);
    });

    test('that refuses the key says so, and does not say the key', async () => {
      await using node = await open({ credentials: { accessKeyId: 'clef', secretAccessKey: 'not it' } });
      const error: unknown = await node.stat('object').catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'node-offline' });
      expect(String(error)).toMatch(/refuses its credentials.*403/);
      expect(inspect(error)).not.toContain('not it');
    });

    test('answers also where the clock of this machine is a day ahead', async () => {
      await using node = await open({ now: () => Date.now() + 86_400_000 });
      expect(await node.stat('object')).toMatchObject({ lengthBytes: bytes.length });
    });
  });
});

async function harness(): Promise<StorageNodeHarness> {
  const prefix = `node-${count++}/`;
  const elsewhere = `elsewhere-${count}/`;
  const address = { ...bucket.address, prefix };
  const { credentials } = ceph;
  let skippedMs = 0;
  const ages = new Map<string, number>();
  const nodeId = randomId<NodeId>(randomBytes);
  await initS3Node({ address, credentials }, { nodeId });
  const node = await openS3Node({
    address,
    credentials,
    now: () => Date.now() + skippedMs,
    fetch: async (...request) => withAges(await fetch(...request), ages),
  });
  return {
    node,
    isFar: true,
    loseEverything: () => bucket.move(prefix, elsewhere),
    bringBack: () => bucket.move(elsewhere, prefix),
    swapIdentity: () =>
      bucket.put(
        prefix + MARKER_NAME,
        new TextEncoder().encode(markerText({ nodeId: randomId<NodeId>(randomBytes) })),
      ),
    expireChecks: () => {
      skippedMs += TRUST_MS;
    },
    plantTemporary: async (ageMs) => {
      ages.set(await bucket.beginUpload(`${prefix}planted.${ageMs}`), ageMs);
    },
    truncate: async (name, lengthBytes) =>
      bucket.put(prefix + name, (await bucket.get(prefix + name)).slice(0, lengthBytes)),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

/** An engine dates its uploads by its own clock: those that were planted are made older in its answer. */
async function withAges(answer: Response, ages: ReadonlyMap<string, number>): Promise<Response> {
  if (ages.size === 0 || !answer.headers.get('content-type')?.includes('xml')) return answer;
  let text = await answer.text();
  for (const [id, ageMs] of ages) {
    const initiated = new Date(Date.now() - ageMs).toISOString();
    text = text.replace(
      new RegExp(`(<UploadId>${id}</UploadId>(?:(?!</Upload>).)*<Initiated>)[^<]*`, 's'),
      `$1${initiated}`,
    );
  }
  return new Response(text, answer);
}
