import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OddEngine, type OddRequest } from '../../../../test/support/odd-engine.ts';
import { type NodeId, randomId, utf8 } from '../../../core/index.ts';
import { MARKER_NAME } from '../names.ts';
import { initS3Node, openS3Node, type S3Node, type S3NodeSettings } from '../s3.ts';

/** What Ceph cannot be made to do. */
describe('an engine of another kind', () => {
  let engine: OddEngine;
  let node: S3Node;
  const nodeId = randomId<NodeId>(randomBytes);
  const settings = (): S3NodeSettings => ({
    address: engine.address,
    credentials: { accessKeyId: 'clef', secretAccessKey: 'not to be told' },
    expectedId: nodeId,
    random: () => 0,
  });

  beforeEach(async () => {
    engine = await OddEngine.start();
    await initS3Node(settings(), { nodeId });
    node = await openS3Node(settings());
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  describe('that spells its listings by number', () => {
    test('lists the versions that a look at the objects finds, by which they can be exchanged', async () => {
      const { version } = await node.create('object', pieces('one'));
      const listed = await Array.fromAsync(node.list(''));
      expect(listed).toEqual([expect.objectContaining({ name: 'object', version })]);
      await node.replace('object', listed[0]?.version ?? '', pieces('two'));
      expect(engine.objects.get('clef/object')?.toString()).toBe('two');
    });
  });

  describe('whose answers have no end', () => {
    test.each(['half', 'stalls'] as const)('is offline (%s)', async (sends) => {
      await using hasty = await openS3Node({ ...settings(), idleMs: 300 });
      engine.oddly = (request, proper) => (isListing(request) ? { ...proper(), sends } : undefined);
      const listing = Array.fromAsync(hasty.list(''));
      await expect(listing).rejects.toMatchObject({
        name: 'ClefError',
        code: 'node-offline',
        retryable: true,
        cause: expect.any(Error),
      });
    });

    test.each([
      ['a listing', 200, isListing],
      ['a refusal', 400, isListing],
      ['a marker', 200, isOfMarker],
    ] as const)('is left with the reason of whoever gives up: %s', async (_, status, isEndless) => {
      const reason = new Error('no longer wanted');
      const caller = new AbortController();
      let waiting = false;
      await using aborted = await openS3Node({
        ...settings(),
        fetch: async (...request) => {
          const answer = await fetch(...request);
          if (waiting && answer.status === status) setImmediate(() => caller.abort(reason));
          return answer;
        },
      });
      engine.oddly = (request, proper) => {
        waiting = isEndless(request);
        return waiting ? { ...proper(), status, sends: 'stalls' } : undefined;
      };
      await expect(Array.fromAsync(aborted.list('', { signal: caller.signal }))).rejects.toBe(reason);
    });
  });
});

function isListing({ method, key, query }: OddRequest): boolean {
  return method === 'GET' && key === '' && !query.has('uploads');
}

function isOfMarker({ method, key }: OddRequest): boolean {
  return method === 'GET' && key.endsWith(MARKER_NAME);
}

async function* pieces(...texts: readonly string[]) {
  yield* texts.map((text) => utf8(text));
}
