import { ClefError, fromUtf8, type LibraryId } from '../core/index.ts';
import { columnObjectName } from './column-object.ts';
import { enumerateLayouts, PART_COUNT } from './found-layouts.ts';
import { type InspectedLayout, inspectLayout } from './inspect-layout.ts';
import type { Trust } from '../crypto/index.ts';
import type { NodeSet } from './node-set.ts';

/** An asset as the nodes hold it, for whoever wants to prove that a key opens it. */
export interface AssetSample {
  /** The signed manifest out of a column object. */
  readonly manifest: string;
  /** A sealed chunk out of a column object. */
  readonly readSealedChunk: (index: number) => Promise<Uint8Array>;
}

export interface SampleOptions {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly trust: Trust;
  readonly count: number;
  /** In [0, 1); chooses where to look. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
}

/** Some assets whose data columns are all there, from a random place in the library on; fewer where it has fewer. */
export async function sampleAssets(options: SampleOptions): Promise<readonly AssetSample[]> {
  const { nodes, libraryId, trust, count, random, signal } = options;
  const call = { ...(signal && { signal }) };
  const context = { trust, depth: 'head' as const, random, pace: async () => undefined, ...call };
  const start = Math.floor(random() * PART_COUNT);
  const samples: AssetSample[] = [];
  // From the start to the end, then from the beginning to the start.
  for (const { fromPart, toPart } of [
    { fromPart: start, toPart: PART_COUNT },
    { fromPart: 0, toPart: start },
  ]) {
    for await (const { part, layouts } of enumerateLayouts({ nodes, libraryId, fromPart, ...call })) {
      if (part >= toPart || samples.length >= count) break;
      for (const found of layouts) {
        const inspected = await inspectLayout(found, context);
        if (samples.length < count && hasAllData(inspected)) samples.push(sampleOf(inspected, call));
      }
    }
  }
  return samples;
}

function hasAllData({ truth, columns }: InspectedLayout): boolean {
  const wanted = truth?.layout.storedColumns.filter((column) => column < truth.manifest.policy.k);
  return wanted?.every((column) => columns.some((copy) => copy.column === column && !copy.damage)) ?? false;
}

function sampleOf(
  { name, truth, columns }: InspectedLayout,
  call: { readonly signal?: AbortSignal },
): AssetSample {
  if (!truth) throw new TypeError('a layout without a manifest is no sample');
  return {
    manifest: fromUtf8(truth.manifestBytes),
    async readSealedChunk(index) {
      const { column, offsetBytes, lengthBytes } = truth.layout.place(index);
      const copy = columns.find((one) => one.column === column && !one.damage);
      if (!copy)
        throw new ClefError('node-object-missing', `no node has column ${column} of asset ${name.assetId}`);
      return copy.node.read(columnObjectName(name, column), offsetBytes, lengthBytes, call);
    },
  };
}
