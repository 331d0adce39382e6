import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OddEngine } from '../../../../test/support/odd-engine.ts';
import { type NodeId, randomId, utf8 } from '../../../core/index.ts';
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
});

async function* pieces(...texts: readonly string[]) {
  yield* texts.map((text) => utf8(text));
}
