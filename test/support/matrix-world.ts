import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A column's object, below its node's folder. */
export interface ColumnFile {
  readonly node: string;
  readonly name: string;
  readonly path: string;
}

const COLUMN = /^[0-9a-f]{32}\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{32}\/[0-9a-f]{32}\.\d+$/;

/** Ids of directory nodes by their folders. */
export async function nodeFolders(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const folder of folders) {
    const { nodeId } = JSON.parse(await readFile(join(folder, 'clef-node.json'), 'utf8')) as {
      nodeId: string;
    };
    ids.set(nodeId, folder);
  }
  return ids;
}

/** Every column that lies on the nodes, finished or not. */
export async function columnFiles(folders: ReadonlyMap<string, string>): Promise<readonly ColumnFile[]> {
  const found: ColumnFile[] = [];
  for (const [node, folder] of folders) {
    for (const name of await readdir(folder, { recursive: true })) {
      if (COLUMN.test(name)) found.push({ node, name, path: join(folder, name) });
    }
  }
  return found;
}

export interface NamedColumns {
  /** `node name` of every column that the catalogue names. */
  readonly named: ReadonlySet<string>;
  /** Those of assets that something refers to; the others wait to be erased. */
  readonly inUse: ReadonlySet<string>;
  readonly claims: number;
  readonly policies: ReadonlySet<string>;
}

/** What the catalogue of a stopped, or killed, server says. */
export function namedColumns(data: string, libraryId: string): NamedColumns {
  const database = new DatabaseSync(join(data, 'catalog.sqlite'));
  try {
    const named = new Set<string>();
    const inUse = new Set<string>();
    const policies = new Set<string>();
    const rows = database
      .prepare('SELECT id, layout_id, data_columns, parity_columns, column_nodes, orphaned_at_ms FROM asset')
      .all() as Record<string, string | number>[];
    for (const row of rows) {
      const id = String(row['id']);
      policies.add(`${row['data_columns']}+${row['parity_columns']}`);
      const nodes = JSON.parse(String(row['column_nodes'])) as (string | null)[];
      for (const [column, node] of nodes.entries()) {
        const place = `${libraryId}/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`;
        if (node === null) continue;
        const key = `${node} ${place}/${String(row['layout_id'])}.${column}`;
        named.add(key);
        if (row['orphaned_at_ms'] === null) inUse.add(key);
      }
    }
    const [{ count = 0 } = {}] = database.prepare('SELECT count(*) AS count FROM column_claim').all() as {
      count?: number;
    }[];
    return { named, inUse, claims: count, policies };
  } finally {
    database.close();
  }
}

export async function libraryIdOf(data: string): Promise<string> {
  return (JSON.parse(await readFile(join(data, 'clef.json'), 'utf8')) as { libraryId: string }).libraryId;
}

/** How many of the columns that the catalogue names are not there. */
export async function missingColumns(
  { named }: NamedColumns,
  folders: ReadonlyMap<string, string>,
): Promise<number> {
  let missing = 0;
  for (const one of named) {
    const [node = '', name = ''] = one.split(' ');
    const isThere = await stat(join(folders.get(node) ?? '', name)).then(
      ({ size }) => size > 0,
      () => false,
    );
    if (!isThere) missing++;
  }
  return missing;
}
