import { describe, expect, test } from 'vitest';
import { ImportWorld, inlineProbe } from '../../../test/support/import-world.ts';
import { toneWav } from '../../../test/support/media-tags.ts';
import type { AssetId } from '../../core/index.ts';
import { ClefError } from '../../core/index.ts';
import { createSqlCatalog } from '../../catalog/sql/catalog.ts';
import { Database } from '../../catalog/sql/index.ts';
import { parsePacketTable } from '../../playback/index.ts';
import type { MediaProbe } from '../index.ts';
import { codecOfTable } from './packet-table.ts';

function song(seed: number): Buffer {
  return toneWav(0.2, seed, { INAM: `Song ${seed}`, IART: 'Artist', IPRD: 'Album' });
}

async function originalAt(world: ImportWorld, path: string): Promise<AssetId> {
  const original = await world.catalog.originalOf(await world.trackAt(path));
  if (!original) throw new Error('no original');
  return original.assetId;
}

function probeWith(packetTable: MediaProbe['packetTable']): MediaProbe {
  return { ...inlineProbe(), packetTable };
}

describe('a packet table', () => {
  test('is sealed with the original that it describes', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    await world.import();
    const table = await world.catalog.companion(await originalAt(world, 'a.wav'), 'packet-table');
    if (!table?.asset) throw new Error('no table');
    expect(codecOfTable(table.asset)).toBe('pcm');
    const parsed = parsePacketTable(await world.open(table.asset));
    const { spanOffsetBytes, spanLengthBytes } = parsed.packets;
    const last = spanOffsetBytes.length - 1;
    expect((spanOffsetBytes[last] ?? 0) + (spanLengthBytes[last] ?? 0)).toBeLessThanOrEqual(song(1).length);
    expect(parsed.sampleCount).toBeGreaterThan(0);
  });

  test('goes with bytes that are replaced, and the new ones have their own', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    await world.import();
    const first = await originalAt(world, 'a.wav');
    await world.exchange('a.wav', song(2));
    await world.import();
    const second = await originalAt(world, 'a.wav');
    expect(second).not.toBe(first);
    expect((await world.catalog.companion(second, 'packet-table'))?.asset).toBeDefined();
    expect(await Array.fromAsync(world.catalog.orphanedAssets(Infinity))).toHaveLength(2);
  });

  test('that a hostile file does not yield costs the file nothing, and is not tried again', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    const probe = probeWith(() => Promise.reject(new ClefError('media-too-costly', 'too much')));
    expect(await world.import({ probe })).toMatchObject({ tracksAdded: 1, failures: [] });
    const parentId = await originalAt(world, 'a.wav');
    expect(await world.catalog.companion(parentId, 'packet-table')).toEqual({
      parentId,
      kind: 'packet-table',
    });
    expect(await Array.fromAsync(world.catalog.originalsWithout('packet-table'))).toEqual([]);
  });

  test('whose reader is broken is left for later', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    const probe = probeWith(() => Promise.reject(new ClefError('internal', 'no process')));
    expect(await world.import({ probe })).toMatchObject({ tracksAdded: 1, failures: [] });
    expect(await Array.fromAsync(world.catalog.originalsWithout('packet-table'))).toHaveLength(1);
  });

  test('comes back from the nodes alone', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    await world.put('b.wav', song(2));
    await world.import();
    const parentId = await originalAt(world, 'a.wav');
    const table = await world.catalog.companion(parentId, 'packet-table');
    await using database = await Database.open({ file: ':memory:' });
    const catalog = createSqlCatalog(database);
    expect(await world.adoptInto(catalog)).toBe(2);
    const found = await catalog.companion(parentId, 'packet-table');
    expect(found?.asset?.assetId).toBe(table?.asset?.assetId);
    expect(await Array.fromAsync(catalog.orphanedAssets(Infinity))).toEqual([]);
    expect(await Array.fromAsync(catalog.originalsWithout('packet-table'))).toEqual([]);
  });
});
