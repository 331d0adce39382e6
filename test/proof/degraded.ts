import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { NodeId } from '../../src/core/index.ts';
import { initDirectoryNode, openDirectoryNode } from '../../src/vault/nodes/directory.ts';
import { decorateNode } from '../../src/vault/nodes/decorate.ts';
import type { StorageNode } from '../../src/vault/nodes/port.ts';
import { loadErasureCode, releasePiece, type WrittenAsset } from '../../src/vault/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { seededRandom } from '../support/random.ts';
import {
  createTestVault,
  patternBytes,
  readBytes,
  sameBytes,
  type TestVault,
  writeBytes,
} from '../support/vault.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const POLICY = { k: 4, m: 2 };
const TRACK_BYTES = 30_000_000;
const RANGE_BYTES = 262_144;
const SLOWED_MS = 500;
const RUNS = 5;
const NOBODY = '0'.repeat(32) as NodeId;

/** What it costs to do without a node, and what a slow one costs a listener. */
export const degraded: Proof = {
  name: 'degraded',
  shows:
    '4+2 over six directories: CPU of reading without two nodes, and the tail of reads with one slowed by 500 ms',
  async run({ small, seed }) {
    const tracks = small ? 1 : 4;
    const ranges = small ? 60 : 2_000;
    await using place = await temporaryFolder('proof-degraded');
    const nodes: SlowableNode[] = [];
    for (let i = 0; i < POLICY.k + POLICY.m; i++)
      nodes.push(await slowableDirectory(join(place.path, String(i))));
    const test = await createTestVault(
      nodes.map(({ node }) => node),
      {
        policy: POLICY,
        erasure: await loadErasureCode(),
        now: () => performance.now(),
      },
    );
    const plaintexts = Array.from({ length: tracks }, (_, i) => patternBytes(TRACK_BYTES, seed + i));
    const assets = await Promise.all(plaintexts.map((plaintext) => writeBytes(test.vault, plaintext)));
    let wrong = 0;

    const cpuOfAll = async (): Promise<number> => {
      const before = process.cpuUsage();
      for (const asset of assets) await readThrough(test, asset);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6 / ((tracks * TRACK_BYTES) / 1e9);
    };
    const healthyCpu: number[] = [];
    const withoutOneCpu: number[] = [];
    const withoutTwoCpu: number[] = [];
    // Each time others are away, so that data and parity are missing as often as they are in a library.
    const without = async (count: number, run: number): Promise<number> => {
      for (let i = 0; i < count; i++)
        test.set.rest(nodes[(run + i) % nodes.length]?.node.id ?? NOBODY, 'left out');
      const cpu = await cpuOfAll();
      await test.set.probe();
      return cpu;
    };
    await cpuOfAll();
    await without(1, 0);
    for (let run = 0; run < nodes.length; run++) {
      healthyCpu.push(await cpuOfAll());
      withoutOneCpu.push(await without(1, run));
      withoutTwoCpu.push(await without(2, run));
    }
    for (const { node } of nodes.slice(0, POLICY.m)) test.set.rest(node.id, 'left out');
    for (const [i, asset] of assets.entries())
      if (!sameBytes(await readBytes(test.vault, asset), plaintexts[i] ?? new Uint8Array(0))) wrong++;
    await test.set.probe();

    const random = seededRandom(seed);
    const tail = async (): Promise<number[]> => {
      const tookMs: number[] = [];
      for (let i = 0; i < ranges; i++) {
        const at = Math.floor(random() * tracks);
        const [asset, plaintext] = [assets[at], plaintexts[at]];
        if (!asset || !plaintext) continue;
        const startBytes = Math.floor(random() * (TRACK_BYTES - RANGE_BYTES));
        const range = { startBytes, endBytes: startBytes + RANGE_BYTES };
        const beganMs = performance.now();
        const bytes = await readBytes(test.vault, asset, range);
        tookMs.push(performance.now() - beganMs);
        if (!sameBytes(bytes, plaintext.subarray(startBytes, range.endBytes))) wrong++;
      }
      return tookMs;
    };
    await tail();
    const healthyP99: number[] = [];
    const slowedP99: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      healthyP99.push(quantile(await tail(), 0.99));
      const slowed = nodes[run];
      if (slowed) slowed.readTakesMs = SLOWED_MS;
      slowedP99.push(quantile(await tail(), 0.99));
      if (slowed) slowed.readTakesMs = 0;
    }
    return {
      gates: { wrongBytes: gate(wrong, 0) },
      figures: {
        healthyCpuSecondsPerGb: median(healthyCpu),
        withoutOneNodeToHealthyCpu: ratio(withoutOneCpu, healthyCpu),
        withoutTwoNodesToHealthyCpu: ratio(withoutTwoCpu, healthyCpu),
        aimOfCpu: 1.3,
        rangesARun: ranges,
        healthyP99Ms: median(healthyP99),
        slowedP99Ms: median(slowedP99),
        slowedToHealthyP99: ratio(slowedP99, healthyP99),
        aimOfP99: 1.5,
      },
    };
  },
};

interface SlowableNode {
  readonly node: StorageNode;
  readTakesMs: number;
}

async function slowableDirectory(root: string): Promise<SlowableNode> {
  await mkdir(root);
  await initDirectoryNode({ root, random: randomBytes });
  const directory = await openDirectoryNode({ root, failureDomain: root });
  const slowable = { node: directory as StorageNode, readTakesMs: 0 };
  slowable.node = decorateNode(directory, {
    async read(name, offsetBytes, lengthBytes, options) {
      if (slowable.readTakesMs > 0) await wait(slowable.readTakesMs, undefined, { signal: options?.signal });
      return directory.read(name, offsetBytes, lengthBytes, options);
    },
  });
  return slowable;
}

async function readThrough(test: TestVault<StorageNode>, asset: WrittenAsset): Promise<void> {
  const range = { startBytes: 0, endBytes: asset.lengthBytes };
  for await (const piece of test.vault.read(asset, asset.trackKey, range)) releasePiece(piece);
}

function ratio(values: readonly number[], reference: readonly number[]): number {
  return median(values.map((value, run) => value / (reference[run] ?? Number.NaN)));
}
