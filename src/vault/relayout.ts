import {
  type AssetLocation,
  type Bytes,
  ClefError,
  isClefError,
  type LayoutId,
  type Policy,
  randomId,
} from '../core/index.ts';
import { type Manifest, signManifest, type SigningKey } from '../crypto/index.ts';
import type { ColumnHead } from './column-check.ts';
import { eraseClaimed } from './column-erase.ts';
import type { LayoutName } from './column-object.ts';
import { chooseNodes, type ColumnPlan } from './column-plan.ts';
import type { ColumnCopyName, ColumnRegister, ColumnWorker } from './column-register.ts';
import type { ErasureCode } from './erasure/index.ts';
import { findLayout } from './found-layouts.ts';
import {
  columnsInNeed,
  type InspectContext,
  type InspectedLayout,
  inspectLayout,
  type LayoutTruth,
} from './inspect-layout.ts';
import { createLayout } from './layout.ts';
import type { MaintenanceOptions } from './maintenance.ts';
import { createPace } from './pace.ts';
import { rebuildColumn } from './rebuild-column.ts';
import { settleLeftovers } from './rebalance.ts';
import { dealRows } from './seal-rows.ts';
import { type StoredLayout, storeLayout } from './store-layout.ts';

export interface RelayoutOptions extends Omit<MaintenanceOptions, 'fromPart' | 'onProgress'> {
  readonly register: ColumnRegister;
  readonly erasure: ErasureCode;
  readonly signer: SigningKey;
  /** How every asset is to be dealt; asked for each. */
  readonly policy: () => Policy;
  /** What is looked at: all that the catalogue knows. */
  readonly assets: AsyncIterable<AssetLocation>;
  /** A node that takes nothing for this long has failed. Default 60 s. */
  readonly stallTimeoutMs?: number;
  readonly onProgress?: (progress: RelayoutReport) => void;
}

export interface RelayoutReport {
  readonly looked: number;
  /** Dealt out anew. */
  readonly changed: number;
  /** For which nodes were missing, or too few columns whole. The next run tries again. */
  readonly waiting: number;
  readonly bytesRead: number;
}

const DEFAULT_STALL_TIMEOUT_MS = 60_000;

/**
 * Deals assets that have another policy out anew: the same ciphertext under the same header, key and birth record, in a
 * new layout with a manifest of this server's. The new layout is written whole and read back, then the catalogue names it
 * in place of the old one, and only then that goes. Needs no key that opens anything. May be killed at any moment, and run
 * beside others: one of them wins, and the other removes what it wrote.
 */
export async function relayout(options: RelayoutOptions): Promise<RelayoutReport> {
  const { assets, register, signal } = options;
  using worker = register.enter();
  await settleLeftovers(options, worker);
  const wait = createPace(options);
  const report = { looked: 0, changed: 0, waiting: 0, bytesRead: 0 };
  const context: InspectContext = {
    trust: options.trust,
    depth: 'head',
    random: () => 0,
    pace: (bytes) => {
      report.bytesRead += bytes;
      return wait(bytes);
    },
    ...(signal && { signal }),
  };
  for await (const { assetId, policy } of assets) {
    signal?.throwIfAborted();
    report.looked++;
    // What was read some time ago may have been changed by another worker since.
    const asset = isAs(policy, options.policy()) ? undefined : await register.locate(assetId);
    if (asset && !isAs(asset.policy, options.policy())) {
      const isChanged = await relayoutAsset(asset, options, worker, context);
      report[isChanged ? 'changed' : 'waiting']++;
    }
    options.onProgress?.({ ...report });
  }
  return report;
}

function isAs(a: Policy, b: Policy): boolean {
  return a.k === b.k && a.m === b.m;
}

async function relayoutAsset(
  asset: AssetLocation,
  options: RelayoutOptions,
  worker: ColumnWorker,
  context: InspectContext,
): Promise<boolean> {
  const { nodes, signal } = options;
  const { libraryId, assetId, layoutId } = asset;
  const before = await inspectLayout(
    await findLayout(nodes, { libraryId, assetId, layoutId }, signal),
    context,
  );
  if (!before.truth || before.columns.some(({ isContested }) => isContested)) return false;
  const layout = createLayout(options.policy(), before.truth.layout.paddedLengthBytes);
  const name: LayoutName = { libraryId, assetId, layoutId: randomId<LayoutId>(randomBytes) };
  const plan: ColumnPlan = { layout, mode: 'strict' };
  let copies: readonly ColumnCopyName[] = [];
  try {
    const chosen = chooseNodes(plan, name, nodes);
    copies = [...chosen].map(([column, { id }]) => ({ ...name, column, nodeId: id }));
    // Before a byte is written, so that nothing of it is left by whoever is killed.
    if ((await worker.claim(copies)).length < copies.length) return false;
    const target = { name, plan, chosen };
    const stored = await store(before, before.truth, target, options, context);
    const { policy } = layout;
    const { columnNodes, storedBytes } = stored;
    if (await worker.switchLayout(assetId, layoutId, { ...name, policy, columnNodes, storedBytes })) {
      await eraseClaimed(worker, copiesBefore(asset, before), options);
      return true;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isClefError(error)) throw error;
  }
  await eraseClaimed(worker, copies, options);
  return false;
}

/** What was named, there or not, and what lay beside it. */
function copiesBefore(
  { assetId, layoutId, columnNodes }: AssetLocation,
  { columns }: InspectedLayout,
): readonly ColumnCopyName[] {
  const found = columns.map(({ column, node }) => ({ assetId, layoutId, column, nodeId: node.id }));
  const lost = columnNodes.flatMap((nodeId, column) =>
    nodeId === undefined || found.some((copy) => copy.column === column && copy.nodeId === nodeId)
      ? []
      : { assetId, layoutId, column, nodeId },
  );
  return [...found, ...lost];
}

interface Target {
  readonly name: LayoutName;
  readonly plan: ColumnPlan;
  readonly chosen: ReturnType<typeof chooseNodes>;
}

/** Writes the new layout, then reads all of it. A column that turns out to be damaged on the way is rebuilt from the others. */
async function store(
  before: InspectedLayout,
  truth: LayoutTruth,
  target: Target,
  options: RelayoutOptions,
  context: InspectContext,
): Promise<StoredLayout> {
  const write = (isBelieved: boolean): Promise<StoredLayout> =>
    storeLayout({
      ...target,
      rows: dealRows(
        target.plan.layout,
        sealedChunks(before, truth, isBelieved, options, context),
        options.erasure,
      ),
      manifestOf: (columnTableHashes) =>
        signManifest(manifestAfter(truth.manifest, target, columnTableHashes), options.signer),
      stallTimeoutMs: options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS,
      ...(options.signal && { signal: options.signal }),
    });
  const stored = await write(true).catch((error: unknown) => {
    if (isClefError(error, 'vault-asset-lost')) return write(false);
    throw error;
  });
  const found = await findLayout(options.nodes, target.name, options.signal);
  const after = await inspectLayout(found, { ...context, depth: 'full' });
  if (after.truth && columnsInNeed(after).length === 0) return stored;
  throw new ClefError(
    'node-io',
    `a node does not give back what asset ${target.name.assetId} was dealt to it`,
  );
}

function manifestAfter(
  manifest: Manifest,
  { name, plan }: Target,
  columnTableHashes: readonly Bytes[],
): Manifest {
  return { ...manifest, layoutId: name.layoutId, policy: plan.layout.policy, columnTableHashes };
}

/** The asset's sealed chunks in order, each found right by the hashes of the old layout. */
async function* sealedChunks(
  { columns }: InspectedLayout,
  truth: LayoutTruth,
  isBelieved: boolean,
  { erasure, signal }: RelayoutOptions,
  { pace }: InspectContext,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { layout } = truth;
  const heads = columns.flatMap(({ head }) => head ?? []);
  const headsFor = (column: number): readonly ColumnHead[] => {
    const own = heads.find(({ name }) => name.column === column);
    return isBelieved && own ? [own] : heads;
  };
  const sources = layout.storedColumns
    .filter((column) => column < layout.policy.k)
    .map((column) =>
      rebuildColumn({
        truth,
        column,
        heads: headsFor(column),
        erasure,
        pace,
        ...(signal && { signal }),
      })[Symbol.asyncIterator](),
    );
  for (let chunk = 0; chunk < layout.chunkCount; chunk++) {
    const piece = await sources[layout.place(chunk).column]?.next();
    if (piece?.done !== false) throw new ClefError('internal', 'a column ended before its last chunk');
    yield piece.value;
  }
  // What follows the chunks is the table, and comes only where all of them were right.
  for (const source of sources) {
    await source.next();
    await source.return?.();
  }
}

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
