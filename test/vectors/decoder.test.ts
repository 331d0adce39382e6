import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { toHex } from '../../src/core/index.ts';
import { sha256 } from '../../src/crypto/index.ts';
import { fileOfPackage } from '../support/debian.ts';
import { type ExpectedAsset, FIXTURE, FIXTURE_NODES, readExpected } from '../support/format-fixture.ts';

// The decoder is another implementation, in another language, from docs/format.md alone.

const DECODER = fileURLToPath(new URL('../support/decoder/decode.py', import.meta.url));

interface DecodedAsset extends ExpectedAsset {
  readonly paddedLengthBytes: number;
  readonly columns: readonly number[];
  readonly rebuiltChunks: number;
  readonly damagedChunks: Readonly<Record<string, readonly number[]>>;
}

interface Decoded {
  readonly assets: readonly DecodedAsset[];
  readonly lost: readonly string[];
  readonly refused: readonly string[];
}

const expected = readExpected();
const allNodes = FIXTURE_NODES.map((name) => join(FIXTURE, 'nodes', name));

async function decode(
  context: TestContext,
  nodes: readonly string[],
  { key = 'recovery-key', out }: { readonly key?: string; readonly out?: string } = {},
): Promise<Decoded> {
  const python = fileOfPackage('python3', '/usr/bin/python3', context);
  fileOfPackage('python3-cryptography', '/usr/lib/python3/dist-packages/cryptography/__init__.py', context);
  const { stdout } = await promisify(execFile)(
    python,
    [
      // Without compiled files beside the sources.
      '-B',
      DECODER,
      '--library',
      expected.library,
      `--root=${expected.root}`,
      '--key',
      join(FIXTURE, 'keys', `${key}.pem`),
      '--records',
      join(FIXTURE, 'records'),
      '--secrets',
      join(FIXTURE, 'secrets.json'),
      ...(out === undefined ? [] : ['--out', out]),
      ...nodes,
    ],
    { maxBuffer: 2 ** 24 },
  );
  return JSON.parse(stdout) as Decoded;
}

function sorted<Item extends { readonly asset: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.asset < b.asset ? -1 : 1));
}

/** What was written down of an asset when it was made. */
function factsOf({ asset, layout, policy, epoch, kind, lengthBytes, birth, sha256 }: ExpectedAsset) {
  return { asset, layout, policy, epoch, kind, lengthBytes, birth, sha256 };
}

async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'clef-decoder-'));
  try {
    await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the independent decoder opens the frozen library', () => {
  for (const key of ['recovery-key', 'server-key']) {
    it(`whole, with the ${key}`, async (context) => {
      await withFolder(async (out) => {
        const { assets, records, ...decoded } = {
          records: [],
          ...(await decode(context, allNodes, { key, out })),
        };
        const {
          assets: expectedAssets,
          records: expectedRecords,
          library: _,
          root: __,
          ...others
        } = expected;
        expect(decoded).toEqual({ ...others, lost: [], refused: [], gaps: [] });
        expect(sorted(assets).map(factsOf)).toEqual(sorted(expectedAssets));
        expect(sorted(records)).toEqual(sorted(expectedRecords));
        for (const { rebuiltChunks, damagedChunks } of assets) {
          expect([rebuiltChunks, damagedChunks]).toEqual([0, {}]);
        }
        for (const { asset, layout, sha256: hash } of expectedAssets) {
          expect(toHex(await sha256(await readFile(join(out, `${asset}.${layout}`))))).toBe(hash);
        }
      });
    });
  }

  it('without any one node, rebuilding by parity what lay there', async (context) => {
    const parity = expected.assets.filter(({ policy }) => policy === '2+1');
    let rebuilt = 0;
    for (const missing of allNodes) {
      const present = allNodes.filter((path) => path !== missing);
      const { assets, lost } = await decode(context, present);
      expect(lost).toEqual([]);
      const found = assets.filter(({ policy }) => policy === '2+1');
      expect(sorted(found).map(factsOf)).toEqual(sorted(parity));
      rebuilt += found.reduce((sum, { rebuiltChunks }) => sum + rebuiltChunks, 0);
    }
    expect(rebuilt).toBeGreaterThan(0);
  });

  it('although a chunk of a column was changed, and says which', async (context) => {
    await withFolder(async (folder) => {
      await cp(join(FIXTURE, 'nodes'), folder, { recursive: true });
      const target = expected.assets.find(
        ({ policy, lengthBytes }) => policy === '2+1' && lengthBytes > 500_000,
      );
      const name = target === undefined ? '' : `${target.asset}/${target.layout}.0`;
      const files = await readdir(folder, { recursive: true });
      const path = join(folder, files.find((file) => file.endsWith(name)) ?? '');
      const object = await readFile(path);
      object[70_000] = (object[70_000] ?? 0) ^ 1;
      await writeFile(path, object);
      const { assets } = await decode(
        context,
        FIXTURE_NODES.map((node) => join(folder, node)),
      );
      const found = assets.find(({ asset }) => asset === target?.asset);
      expect(found).toMatchObject({ sha256: target?.sha256, rebuiltChunks: 1, damagedChunks: { 0: [1] } });
    });
  });

  it('for its recipients only', async (context) => {
    await expect(decode(context, allNodes, { key: 'stranger-key' })).rejects.toThrow(
      'a keyring for this key',
    );
  });
});
