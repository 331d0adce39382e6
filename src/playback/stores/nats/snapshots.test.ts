import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeSnapshotStore } from '../../../../test/contracts/snapshot-store.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { openNatsAt } from '../../../../test/support/nats-stores.ts';
import { NATS_SERVER, type Nats, startNats } from '../../../../test/support/start-nats.ts';
import { bounds, emptyState, type QueueItem } from '../../session/index.ts';

describe.skipIf(isAbsent(NATS_SERVER))('NATS', () => {
  let nats: Nats;
  let prefixes = 0;
  beforeAll(async () => {
    nats = await startNats(1);
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  describeSnapshotStore('NATS', async () => {
    const stores = await openNatsAt(nats.url, { prefix: `snapshots${++prefixes}` });
    return { store: stores.snapshots, [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose]() };
  });

  test('keeps the longest queue, shuffled and measured, in one message', async () => {
    await using stores = await openNatsAt(nats.url, { prefix: 'long' });
    const items = Array.from(
      { length: bounds.MOST_ITEMS },
      (_, i): QueueItem => ({
        itemId: `phone-----------.${Math.floor(i / 5_000)}-${i % 5_000}`,
        trackId: `tr-${(i * 7_919).toString(36)}`,
        durationMs: 200_000 + Math.sin(i) * 100_000,
      }),
    );
    const state = {
      ...emptyState('Long'),
      seq: 1,
      queue: {
        version: 4,
        items,
        currentIndex: 0,
        repeat: 'all' as const,
        unshuffled: items.map(({ itemId }) => itemId).toReversed(),
      },
    };
    const key = { userId: 'us-1', sessionId: 'main' };
    await stores.snapshots.save(key, state, 1);
    expect(await stores.snapshots.load(key)).toEqual(state);
  });

  test('ends with the newest of many that are saved at once by several servers', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => openNatsAt(nats.url, { prefix: 'many' })));
    const key = { userId: 'us-1', sessionId: 'main' };
    await Promise.allSettled(
      Array.from({ length: 30 }, async (_, i) => {
        await servers[i % 3]?.snapshots.save(key, { ...emptyState('Many'), seq: 1 + ((i * 7) % 30) }, i);
      }),
    );
    await servers[0]?.snapshots.save(key, { ...emptyState('Many'), seq: 30 }, 30);
    expect((await servers[1]?.snapshots.load(key))?.seq).toBe(30);
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
});
