import { describe, expect, test } from 'vitest';
import { createSqlCatalog, Database } from '../../catalog/sql/index.ts';
import type { StoredAsset, TrackView } from '../../catalog/index.ts';
import { ImportWorld, NOBODY } from '../../../test/support/import-world.ts';
import { solidPng, toneWav } from '../../../test/support/media-tags.ts';
import { memoryNodes } from '../../../test/support/vault.ts';
import { ClefError } from '../../core/index.ts';

function song(seed: number): Buffer {
  return toneWav(0.05, seed, { INAM: `Song ${seed}`, IART: 'Artist', IPRD: 'Album' });
}

/** Songs with packet tables, one cover for all of them, imported and then rotated away from. */
async function rotatedWorld(count = 3): Promise<ImportWorld> {
  const world = await ImportWorld.create();
  for (let i = 1; i <= count; i++) await world.put(`album/${i}.wav`, song(i));
  await world.put('album/cover.png', solidPng(8, [200, 30, 60]));
  await world.import();
  world.rotate();
  return world;
}

const epochsIn = async (world: ImportWorld, ...epochs: number[]): Promise<StoredAsset[]> => {
  const used: StoredAsset[] = [];
  for await (const { assetId } of world.catalog.assetsOfEpochs(new Set(epochs))) {
    const asset = await world.catalog.assetInUse(assetId);
    if (asset) used.push(asset);
  }
  return used;
};
const withoutCover = (track: TrackView) => ({ ...track, coverAssetId: undefined });
const tracksOf = (world: ImportWorld) => world.catalog.everyTrack({ offset: 0, count: 100 }, NOBODY);

describe('a reseal', () => {
  test('has every track play the same bytes from assets of the new epoch, and buries those of the old', async () => {
    await using world = await rotatedWorld();
    const before = await world.inVault();
    const tracks = await tracksOf(world);
    const old = await epochsIn(world, 1);
    const report = await world.reseal();
    // Three songs with a table each, and a cover.
    expect(old).toHaveLength(7);
    expect(report).toMatchObject({ resealed: 4, buried: 7, failed: 0 });
    expect(world.buried).toEqual(new Set(old.map(({ assetId }) => assetId)));
    expect(await epochsIn(world, 1)).toEqual([]);
    expect(await epochsIn(world, 2)).toHaveLength(7);
    expect(await world.inVault()).toEqual(before);
    const after = await tracksOf(world);
    expect(after.map(withoutCover)).toEqual(tracks.map(withoutCover));
    const [cover] = new Set(after.map(({ coverAssetId }) => coverAssetId));
    const asset = cover && (await world.catalog.asset(cover));
    expect(asset && Buffer.from(await world.open(asset))).toEqual(Buffer.from(solidPng(8, [200, 30, 60])));
  });

  test('leaves the old bytes readable for whoever is reading them', async () => {
    await using world = await rotatedWorld(1);
    const old = await world.catalog.originalOf(await world.trackAt('album/1.wav'));
    const bytes = await world.originalAt('album/1.wav');
    await world.reseal();
    expect(old && (await world.catalog.asset(old.assetId))).toBeDefined();
    expect(old && (await world.open(old))).toEqual(bytes);
  });

  test('is done once: a second run finds nothing, and a later import finds its files known', async () => {
    await using world = await rotatedWorld();
    await world.reseal();
    expect(await world.reseal()).toMatchObject({ resealed: 0, buried: 0 });
    expect(await world.import()).toMatchObject({ unchanged: 3, tracksAdded: 0 });
  });

  test('that is cut off at any step goes on, and loses nothing', async () => {
    await using world = await rotatedWorld();
    const before = await world.inVault();
    const ids = (await tracksOf(world)).map(({ id }) => id);
    // Each run dies at a later call of one of the four that change something or read.
    for (let death = 1, isOver = false; !isOver; death++) {
      let calls = 0;
      const killed = (): void => {
        if (++calls === death) throw new Error('killed');
      };
      const catalog = Object.assign(Object.create(world.catalog) as typeof world.catalog, {
        exchangeAsset: async (...args: Parameters<typeof world.catalog.exchangeAsset>) => {
          killed();
          const gone = await world.catalog.exchangeAsset(...args);
          killed();
          return gone;
        },
      });
      isOver = await world
        .reseal({
          catalog,
          seal: async (input) => {
            killed();
            return world.seal(input);
          },
          bury: async (id) => {
            killed();
            const isNew = !world.buried.has(id);
            world.buried.add(id);
            return isNew;
          },
        })
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.message === 'killed') return false;
            throw error;
          },
        );
      expect(await world.inVault()).toEqual(before);
    }
    expect((await tracksOf(world)).map(({ id }) => id)).toEqual(ids);
    expect(await epochsIn(world, 1)).toEqual([]);
    for await (const { assetId } of world.catalog.assetsOfEpochs(new Set([1]))) {
      expect(world.buried).toContain(assetId);
    }
  });

  test('passes over what cannot be read, tells of it, and tries it again the next time', async () => {
    await using world = await rotatedWorld();
    const id = await world.trackAt('album/2.wav');
    const broken = await world.catalog.originalOf(id);
    const failures: string[] = [];
    const facts = async () => {
      throw new ClefError('vault-asset-lost', 'no node that answers has it');
    };
    const report = await world.reseal({
      onFailure: (asset) => failures.push(asset.assetId),
      reader: {
        async *read(asset) {
          if (asset.assetId === broken?.assetId) await facts();
          yield await world.open(asset);
        },
        release: () => undefined,
      },
    });
    expect(report).toMatchObject({ resealed: 3, failed: 1 });
    expect(failures).toEqual([broken?.assetId]);
    expect(await world.catalog.originalOf(id)).toEqual(broken);
    expect(await world.reseal()).toMatchObject({ resealed: 1, failed: 0 });
  });

  test.each(['vault-asset-lost', 'decryption-failed', 'malformed-asset'] as const)(
    'goes on past any number of assets in a row that are %s',
    async (code) => {
      await using world = await rotatedWorld(8);
      const asked = new Set<string>();
      const facts = async (asset: StoredAsset): Promise<never> => {
        asked.add(asset.assetId);
        throw new ClefError(code, 'it cannot be read');
      };
      // Eight songs, their packet tables, and the cover.
      expect(await world.reseal({ facts })).toMatchObject({ resealed: 0, failed: 17 });
      expect(asked.size).toBe(17);
    },
  );

  test('stops where one after the other fails, or the new one does not read as the old', async () => {
    await using world = await rotatedWorld(6);
    const facts = async (): Promise<never> => {
      throw new ClefError('node-io', 'a node failed');
    };
    await expect(world.reseal({ facts })).rejects.toMatchObject({ code: 'node-io' });
    const reader = {
      async *read(asset: StoredAsset) {
        const bytes = (await world.open(asset)).slice();
        if (asset.epoch === 2) bytes[0] = (bytes[0] ?? 0) ^ 1;
        yield bytes;
      },
      release: () => undefined,
    };
    await expect(world.reseal({ reader })).rejects.toMatchObject({ code: 'internal' });
    expect(await epochsIn(world, 2)).toEqual([]);
    expect(world.buried.size).toBe(0);
  });

  test('is found again by what is sealed with it, in a catalogue that knows nothing', async () => {
    await using world = await rotatedWorld();
    const tracks = await tracksOf(world);
    await world.reseal();
    await using database = await Database.open({ file: ':memory:' });
    const catalog = createSqlCatalog(database);
    await catalog.ensureLibrary(world.source.libraryId, 'Music');
    expect(await world.adoptInto(catalog)).toBe(3);
    const adopted = await catalog.everyTrack({ offset: 0, count: 100 }, NOBODY);
    expect(adopted.map(({ title }) => title).sort()).toEqual(tracks.map(({ title }) => title).sort());
  });

  test('that was killed with a cover sealed a second time leaves it to a sweep', async () => {
    const nodes = memoryNodes(1);
    await using world = await ImportWorld.create(nodes);
    await world.put('1.wav', song(1));
    await world.put('cover.png', solidPng(8, [200, 30, 60]));
    await world.import();
    world.rotate();
    const catalog = Object.assign(Object.create(world.catalog) as typeof world.catalog, {
      exchangeAsset: async () => {
        throw new Error('killed');
      },
    });
    await expect(world.reseal({ catalog })).rejects.toThrow('killed');
    await expect(world.reseal({ catalog })).rejects.toThrow('killed');
    await world.reseal();
    await world.adoptInto(world.catalog);
    const orphans = await Array.fromAsync(world.catalog.orphanedAssets(Number.MAX_SAFE_INTEGER));
    const known = await Array.fromAsync(world.catalog.assetsOfEpochs(new Set([1, 2])));
    const onNodes = new Set(
      (await Array.fromAsync(nodes[0]?.list('') ?? [])).map(({ name }) => name.split('/')[3]),
    );
    expect(new Set(known.map(({ assetId }) => assetId))).toEqual(onNodes);
    expect(orphans.length).toBe(known.length - (await epochsIn(world, 2)).length);
  });
});
