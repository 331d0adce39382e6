import * as v from 'valibot';
import type { LibraryId } from '../../src/core/index.ts';
import { parseConfig } from '../../src/cli/config/config.ts';
import { openNode, placeOf } from '../../src/cli/app/node-places.ts';
import { readNodeFile } from '../../src/cli/app/node-file.ts';
import { openDataFolder } from '../../src/cli/data-folder.ts';
import type { StorageNode } from '../../src/vault/nodes/port.ts';
import { runClef } from '../support/clef-process.ts';
import { FAULT_KINDS, type PlacedColumn, placedColumns, plantFault } from '../support/plant-faults.ts';
import { gate, type ProofResult } from './proof.ts';

/** Of so many assets one column more is taken than parity makes up for. */
const BEYOND_REPAIR = 5;
/** Parity columns of the proof. */
const M = 2;
/** All six columns are stored. */
const K_AND_M = 6;

export interface PlantOptions {
  readonly data: string;
  readonly settings: Record<string, string>;
  readonly count: number;
  readonly random: () => number;
  readonly say: (text: string) => void;
}

/** Plants faults on all nodes of a server that does not run, then asks scrub what it finds, and repair what it mends. */
export async function plantAndMend(options: PlantOptions): Promise<ProofResult> {
  const { settings, random, say } = options;
  await using stack = new AsyncDisposableStack();
  const { nodes, libraryId } = await openNodes(options);
  for (const node of nodes) stack.use(node);
  const columns = await placedColumns(nodes, libraryId);
  const planted = new Map<string, PlacedColumn>();
  const byAsset = Map.groupBy(shuffled(columns, random), ({ assetId }) => assetId);
  const beyond = new Set<string>();
  for (const [assetId, own] of byAsset) {
    const isWide = own.length === K_AND_M;
    if (isWide && beyond.size < BEYOND_REPAIR) {
      beyond.add(assetId);
      for (const column of own.slice(0, M + 1)) {
        await plantFault(column, 'gone', [], random);
        planted.set(keyOf(column), column);
      }
      continue;
    }
    for (const column of own.slice(0, M)) {
      if (planted.size === options.count) break;
      const kind = FAULT_KINDS[planted.size % FAULT_KINDS.length] ?? 'gone';
      // Bytes are taken from columns that are as they were: others may be gone by now.
      const others = columns.filter((one) => !planted.has(keyOf(one)));
      await plantFault(column, kind, others, random);
      planted.set(keyOf(column), column);
    }
  }
  say(`${planted.size} faults planted in ${byAsset.size} assets`);

  const found = new Set(await scrubbed(settings));
  const missed = [...planted.keys()].filter((key) => !found.has(key)).length;
  const invented = [...found].filter((key) => !planted.has(key)).length;
  const { stdout } = await runClef(['vault', 'repair', '--json'], settings);
  const repaired = v.parse(repairSchema, JSON.parse(stdout));
  const named = new Set(repaired.unrepaired.map(({ assetId }) => assetId));
  const left = new Set(await scrubbed(settings));
  return {
    gates: {
      plantedFaults: gate(planted.size, options.count),
      faultsThatScrubMissed: gate(missed, 0),
      faultsThatWereNone: gate(invented, 0),
      columnsMended: gate(repaired.repairedColumns, planted.size - beyond.size * (M + 1)),
      assetsNamedAsLost: gate([...beyond].filter((assetId) => named.has(assetId)).length, beyond.size),
      othersNamedAsLost: gate([...named].filter((assetId) => !beyond.has(assetId)).length, 0),
      faultsLeft: gate(left.size, beyond.size * (M + 1)),
    },
    figures: { faults: planted.size, kinds: FAULT_KINDS.length, columns: columns.length },
  };
}

const repairSchema = v.object({
  repairedColumns: v.number(),
  unrepaired: v.array(v.object({ assetId: v.string() })),
});
const damageSchema = v.object({ assetId: v.string(), column: v.number(), reason: v.string() });

/** As the log tells it, one line a column. */
async function scrubbed(settings: Record<string, string>): Promise<string[]> {
  const { stderr } = await runClef(['vault', 'scrub', '--json'], settings);
  return stderr.split('\n').flatMap((line) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), damageSchema), line);
    return parsed.success ? [`${parsed.output.assetId}.${parsed.output.column}`] : [];
  });
}

function keyOf({ assetId, column }: PlacedColumn): string {
  return `${assetId}.${column}`;
}

async function openNodes({
  data,
  settings,
}: PlantOptions): Promise<{ nodes: readonly StorageNode[]; libraryId: LibraryId }> {
  using folder = await openDataFolder({ root: data, now: Date.now });
  const { nodes: records } = await readNodeFile(folder);
  const configured = parseConfig({ env: { CLEF_NODES: settings['CLEF_NODES'] ?? '' } }).nodes ?? [];
  const opened: StorageNode[] = [];
  for (const { id, place: name, use, entry } of records) {
    if (use === 'removed') continue;
    const added = entry === undefined ? [] : (parseConfig({ env: { CLEF_NODES: entry } }).nodes ?? []);
    for (const candidate of [...added, ...configured]) {
      const place = await placeOf(candidate);
      if (place.name !== name) continue;
      opened.push(await openNode(place.spec, { expectedId: id, failureDomain: name }));
      break;
    }
  }
  return { nodes: opened, libraryId: folder.identity.libraryId };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
