import type { AssetId, AssetLocation, NodeId } from '../core/index.ts';
import { parseAssetHeader } from '../crypto/index.ts';
import { columnMoves } from './column-moves.ts';
import { CHUNK_HASH_BYTES } from './column-object.ts';
import { createLayout, type Layout } from './layout.ts';
import type { PlacementNode } from './placement.ts';

/** What the catalogue says of an asset. */
export interface SurveyedAsset extends AssetLocation {
  readonly storedBytes: number;
}

/** Columns on a node: named there now, and after a rebalance. */
export interface NodeLoad {
  readonly columns: number;
  readonly bytes: number;
  readonly columnsThen: number;
  readonly bytesThen: number;
}

export interface AssetAtRisk {
  readonly assetId: AssetId;
  /** Columns that may still be lost; below 0 it cannot be read. */
  readonly spare: number;
  /** Without the nodes of any of these it cannot be read. */
  readonly domains: readonly string[];
}

export interface DomainLoss {
  readonly domain: string;
  /** Assets that could not be read without the domain. */
  readonly assets: number;
  readonly assetsThen: number;
}

/** How all assets lie, and would lie after a rebalance. */
export interface MatrixSurvey {
  readonly assets: number;
  readonly loads: ReadonlyMap<NodeId, NodeLoad>;
  readonly movedColumns: number;
  readonly movedBytes: number;
  /** Columns on nodes that are being emptied, for which no other node is left. */
  readonly homelessColumns: number;
  /** By spare columns, how many assets. */
  readonly spares: ReadonlyMap<number, number>;
  readonly losses: readonly DomainLoss[];
  /** Those with the fewest spare columns first, and a bounded number of them. */
  readonly atRisk: readonly AssetAtRisk[];
  readonly atRiskCount: number;
}

export interface MatrixSurveyOptions {
  readonly assets: AsyncIterable<SurveyedAsset>;
  /** All that are used. */
  readonly nodes: readonly PlacementNode[];
  /** False for a node that is away: what it has is not counted as there. */
  readonly isThere: (id: NodeId) => boolean;
  readonly signal?: AbortSignal;
}

/** What is kept of those at risk; a person reads the first. */
const MAX_AT_RISK = 100;

/** Looks at what the catalogue says, and at no node. */
export async function surveyMatrix(options: MatrixSurveyOptions): Promise<MatrixSurvey> {
  const tally = new Tally(options);
  for await (const asset of options.assets) {
    options.signal?.throwIfAborted();
    tally.add(asset);
  }
  return tally.survey();
}

type Writable<Of> = { -readonly [Name in keyof Of]: Of[Name] };

class Tally {
  readonly #options: MatrixSurveyOptions;
  readonly #domainOf: ReadonlyMap<NodeId, string>;
  readonly #loads: Map<NodeId, Writable<NodeLoad>>;
  readonly #losses: Map<string, Writable<DomainLoss>>;
  readonly #spares = new Map<number, number>();
  #atRisk: AssetAtRisk[] = [];
  #atRiskCount = 0;
  #assets = 0;
  #movedColumns = 0;
  #movedBytes = 0;
  #homelessColumns = 0;

  constructor(options: MatrixSurveyOptions) {
    this.#options = options;
    this.#domainOf = new Map(options.nodes.map(({ id, failureDomain }) => [id, failureDomain]));
    const none = { columns: 0, bytes: 0, columnsThen: 0, bytesThen: 0 };
    this.#loads = new Map(options.nodes.map(({ id }) => [id, { ...none }]));
    this.#losses = new Map(
      [...new Set(this.#domainOf.values())]
        .sort()
        .map((domain) => [domain, { domain, assets: 0, assetsThen: 0 }]),
    );
  }

  add(asset: SurveyedAsset): void {
    const { nodes, isThere } = this.#options;
    this.#assets++;
    const layout = createLayout(asset.policy, parseAssetHeader(asset.header).paddedLengthBytes);
    const now = layout.storedColumns.map((column) => asset.columnNodes[column]);
    const moves = columnMoves(asset, layout, nodes, asset.columnNodes);
    const moved = new Map(moves.map(({ column, to }) => [column, to]));
    for (const [at, column] of layout.storedColumns.entries()) {
      this.#count(now[at], moved.get(column), bytesOf(layout, column, asset.storedBytes));
    }
    const then = now.map((home, at) => moved.get(layout.storedColumns[at] ?? -1) ?? home);
    const there = now.filter((home) => home !== undefined && isThere(home));
    const { m } = layout.policy;
    const needed = layout.storedColumns.length - m;
    const spare = there.length - needed;
    this.#spares.set(spare, (this.#spares.get(spare) ?? 0) + 1);
    const domains = this.#fatalDomains(there, spare);
    for (const domain of domains) this.#lossOf(domain).assets++;
    const placed = then.filter((home) => home !== undefined && this.#domainOf.has(home));
    for (const domain of this.#fatalDomains(placed, placed.length - needed))
      this.#lossOf(domain).assetsThen++;
    // Without parity every domain is fatal to every asset, and everybody knows.
    if (spare < m || (m > 0 && domains.length > 0)) this.#note({ assetId: asset.assetId, spare, domains });
  }

  survey(): MatrixSurvey {
    return {
      assets: this.#assets,
      loads: this.#loads,
      movedColumns: this.#movedColumns,
      movedBytes: this.#movedBytes,
      homelessColumns: this.#homelessColumns,
      spares: new Map([...this.#spares].sort(([a], [b]) => a - b)),
      losses: [...this.#losses.values()],
      atRisk: this.#atRisk.sort(bySpare).slice(0, MAX_AT_RISK),
      atRiskCount: this.#atRiskCount,
    };
  }

  #count(home: NodeId | undefined, target: NodeId | undefined, bytes: number): void {
    const load = home && this.#loads.get(home);
    if (load) {
      load.columns++;
      load.bytes += bytes;
    }
    const then = target ?? home;
    const loadThen = then && this.#loads.get(then);
    if (loadThen) {
      loadThen.columnsThen++;
      loadThen.bytesThen += bytes;
    }
    if (target !== undefined) {
      this.#movedColumns++;
      this.#movedBytes += bytes;
    } else if (this.#options.nodes.some(({ id, weight }) => id === home && weight === 0))
      this.#homelessColumns++;
  }

  /** Those whose loss alone would leave too few columns. */
  #fatalDomains(homes: readonly (NodeId | undefined)[], spare: number): readonly string[] {
    const counts = Map.groupBy(
      homes.flatMap((home) => (home === undefined ? [] : (this.#domainOf.get(home) ?? []))),
      (domain) => domain,
    );
    return [...counts].filter(([, columns]) => columns.length > spare).map(([domain]) => domain);
  }

  #lossOf(domain: string): Writable<DomainLoss> {
    const loss = this.#losses.get(domain) ?? { domain, assets: 0, assetsThen: 0 };
    this.#losses.set(domain, loss);
    return loss;
  }

  #note(asset: AssetAtRisk): void {
    this.#atRiskCount++;
    this.#atRisk.push(asset);
    if (this.#atRisk.length > 2 * MAX_AT_RISK)
      this.#atRisk = this.#atRisk.sort(bySpare).slice(0, MAX_AT_RISK);
  }
}

function bySpare(a: AssetAtRisk, b: AssetAtRisk): number {
  return a.spare - b.spare;
}

/** Cells and hashes are known; manifests and footers are the rest, and alike. */
function bytesOf(layout: Layout, column: number, storedBytes: number): number {
  const own = (one: number): number => layout.columnBytes(one) + layout.columnChunks(one) * CHUNK_HASH_BYTES;
  const all = layout.storedColumns.reduce((sum, one) => sum + own(one), 0);
  return own(column) + Math.max(0, storedBytes - all) / layout.storedColumns.length;
}
