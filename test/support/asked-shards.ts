import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type BucketMap, nodeOf } from '../../src/catalog/sql/shards/bucket-map.ts';

/** Buckets that a statement of Clef's names, each once; none where it asks all of them. */
export function bucketsNamed(sql: string): readonly number[] {
  const one = [...sql.matchAll(/`vb` = (\d+)/g)].map(([, vb]) => Number(vb));
  const lists = [...sql.matchAll(/\(`vb`, [^)]*\) in \((.*?\))\)/g)].flatMap(([, tuples = '']) =>
    [...tuples.matchAll(/\((\d+), /g)].map(([, vb]) => Number(vb)),
  );
  const few = [...sql.matchAll(/`vb` in \(([\d, ]+)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map(Number),
  );
  return [...new Set([...one, ...lists, ...few])].sort((a, b) => a - b);
}

/** At which places of `names` these buckets lie. */
export function placesOf(
  map: BucketMap,
  names: readonly string[],
  buckets: Iterable<number>,
): readonly number[] {
  return [...new Set(Array.from(buckets, (vb) => names.indexOf(nodeOf(map, vb))))].sort((a, b) => a - b);
}

/** What is wrong with how a data node was asked; empty where the query was handed on whole. */
export function faultsOfHandingOn(asked: string, told: readonly string[]): readonly string[] {
  const [statement, ...others] = told.map((text) => text.toLowerCase());
  if (statement === undefined) return [];
  const faults = others.map((other) => `then told ${other.slice(0, 80)}`);
  const wanted = asked.toLowerCase();
  if (!statement.startsWith('select ')) faults.push(`told ${statement.slice(0, 80)}`);
  if (!/ where .*`vb`/.test(statement)) faults.push('asked without a bucket');
  if (/\bunion\b/.test(statement)) faults.push('asked key by key');
  if (wanted.includes(' order by ') && !statement.includes(' order by '))
    faults.push('not sorted by the node');
  const limit = / limit (\d+)/.exec(wanted)?.[0];
  if (limit !== undefined && !statement.includes(limit)) faults.push('not limited by the node');
  return faults;
}

/** What a data node does for a statement that takes longer the more rows there are; empty where that is nothing. */
export async function faultsOfPlan(
  node: Connection,
  statement: string,
  mostRows: number,
): Promise<readonly string[]> {
  const [steps] = await node.query<Plan[]>(`explain ${statement}`);
  const faults: string[] = [];
  for (const { type, key, rows, Extra } of steps) {
    // No row, or one that is found without looking for it.
    if (type === null || type === 'system' || type === 'const') continue;
    if (type === 'ALL' || type === 'index' || key === null) faults.push(`scans (${type})`);
    // What comes in the order of an index ends at the limit.
    const isSorted = /filesort|temporary/.test(Extra);
    const ends = / limit \d/.test(statement) && !isSorted;
    if (rows > mostRows && !ends) faults.push(`reads ${rows} rows${isSorted ? ' to sort them' : ''}`);
  }
  return faults;
}

interface Plan extends RowDataPacket {
  readonly type: string | null;
  readonly key: string | null;
  readonly rows: number;
  readonly Extra: string;
}
