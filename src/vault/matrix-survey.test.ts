import { expect, test } from 'vitest';
import { CHUNK_BYTES } from '../crypto/index.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  testNodeId,
  writeBytes,
} from '../../test/support/vault.ts';
import { surveyMatrix, type WrittenAsset } from './index.ts';

async function* listed(assets: readonly WrittenAsset[]) {
  yield* assets;
}

async function written(count: number) {
  const vault = await createTestVault(memoryNodes(3), { policy: { k: 2, m: 1 }, padding: 'none' });
  const assets: WrittenAsset[] = [];
  for (let i = 0; i < count; i++) assets.push(await writeBytes(vault.vault, patternBytes(9 * CHUNK_BYTES)));
  return assets;
}

const nodesAt = (domains: readonly string[], weights: readonly number[] = []) =>
  domains.map((failureDomain, i) => ({ id: testNodeId(i), failureDomain, weight: weights[i] ?? 1 }));

test('every column is counted where it is named, with all of its bytes', async () => {
  const assets = await written(4);
  const survey = await surveyMatrix({
    assets: listed(assets),
    nodes: nodesAt(['a', 'b', 'c']),
    isThere: () => true,
  });
  const loads = [...survey.loads.values()];
  expect(loads.map(({ columns }) => columns)).toEqual([4, 4, 4]);
  const storedBytes = assets.reduce((sum, asset) => sum + asset.storedBytes, 0);
  expect(loads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(storedBytes);
  expect(survey).toMatchObject({ assets: 4, movedColumns: 0, atRiskCount: 0 });
  expect([...survey.spares]).toEqual([[1, 4]]);
});

test('a drained node is empty afterwards, and what moves is told', async () => {
  const survey = await surveyMatrix({
    assets: listed(await written(4)),
    nodes: nodesAt(['a', 'b', 'c', 'd'], [0, 1, 1, 1]),
    isThere: () => true,
  });
  expect(survey.loads.get(testNodeId(0))).toMatchObject({ columns: 4, columnsThen: 0, bytesThen: 0 });
  expect(survey).toMatchObject({ movedColumns: 4, homelessColumns: 0 });
});

test('where a drained node has nobody to give its columns to, that is told', async () => {
  const survey = await surveyMatrix({
    assets: listed(await written(4)),
    nodes: nodesAt(['a', 'b', 'c'], [0, 1, 1]),
    isThere: () => true,
  });
  expect(survey).toMatchObject({ movedColumns: 0, homelessColumns: 4 });
});

test('a domain with more columns than may be lost is named, and so are the assets', async () => {
  const [asset] = await written(1);
  const survey = await surveyMatrix({
    assets: listed([asset as WrittenAsset]),
    nodes: nodesAt(['a', 'a', 'c', 'd']),
    isThere: () => true,
  });
  expect(survey.losses).toEqual([
    { domain: 'a', assets: 1, assetsThen: 0 },
    { domain: 'c', assets: 0, assetsThen: 0 },
    { domain: 'd', assets: 0, assetsThen: 0 },
  ]);
  expect(survey.atRisk).toEqual([{ assetId: asset?.assetId, spare: 1, domains: ['a'] }]);
});

test('a node that is away leaves assets without a spare column', async () => {
  const survey = await surveyMatrix({
    assets: listed(await written(3)),
    nodes: nodesAt(['a', 'b', 'c']),
    isThere: (id) => id !== testNodeId(1),
  });
  expect([...survey.spares]).toEqual([[0, 3]]);
  expect(survey.atRiskCount).toBe(3);
});
