import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { ClefError, isHexId, type NodeId, type Policy } from '../../core/index.ts';
import { type DataFolder, writeDurably } from '../data-folder.ts';

/** Grows when an older Clef would take the file for something else. */
const FORMAT = 2;

/** `draining`: it takes nothing new, and is being emptied. `removed`: it is no node of this library any more. */
export const NODE_USES = ['used', 'draining', 'removed'] as const;
export type NodeUse = (typeof NODE_USES)[number];

/** A node that was mounted here at some time; one a place. */
export interface RegisteredNode {
  readonly id: NodeId;
  /** The name of its place. */
  readonly place: string;
  readonly use: NodeUse;
  /** What `clef vault node add` was given; absent for a place that CLEF_NODES named. */
  readonly entry?: string;
  /** As the server has them that invited this one, where the settings here say nothing. */
  readonly domain?: string;
  readonly weight?: number;
  /** When it last answered. */
  readonly totalBytes?: number;
}

/** `nodes.json` in the data folder. */
export interface NodeFile {
  /** What `clef vault policy set` said. */
  readonly policy?: Policy;
  readonly nodes: readonly RegisteredNode[];
}

const nodeId = v.pipe(
  v.string(),
  v.check(isHexId),
  v.transform((id) => id as NodeId),
);

const currentSchema = v.object({
  format: v.literal(FORMAT),
  policy: v.exactOptional(v.object({ k: v.number(), m: v.number() })),
  nodes: v.array(
    v.object({
      id: nodeId,
      place: v.string(),
      use: v.picklist(NODE_USES),
      entry: v.exactOptional(v.string()),
      domain: v.exactOptional(v.string()),
      weight: v.exactOptional(v.number()),
      totalBytes: v.exactOptional(v.number()),
    }),
  ),
});

/** Before `clef vault node`: ids by the names of their places. */
const firstSchema = v.pipe(
  v.record(v.string(), nodeId),
  v.transform(
    (ids): NodeFile => ({
      nodes: Object.entries(ids).map(([place, id]) => ({ id, place, use: 'used' })),
    }),
  ),
);

/** Without nodes where there is no file yet. `data-newer`, `data-invalid`. */
export async function readNodeFile({ nodesFile }: Pick<DataFolder, 'nodesFile'>): Promise<NodeFile> {
  let text: string;
  try {
    text = await readFile(nodesFile, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { nodes: [] };
    throw new ClefError('data-invalid', 'nodes.json in the data folder cannot be read', { cause });
  }
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  const newer = v.safeParse(v.object({ format: v.pipe(v.number(), v.gtValue(FORMAT)) }), json.output);
  if (newer.success) {
    throw new ClefError(
      'data-newer',
      `nodes.json has format ${newer.output.format}, this Clef reads up to ${FORMAT}; update Clef`,
    );
  }
  const parsed = v.safeParse(v.union([currentSchema, firstSchema]), json.output);
  if (parsed.success) return parsed.output;
  throw new ClefError(
    'data-invalid',
    'nodes.json in the data folder is damaged; delete it if every node is mounted now',
  );
}

export function writeNodeFile({ nodesFile }: Pick<DataFolder, 'nodesFile'>, file: NodeFile): Promise<void> {
  return writeDurably(nodesFile, `${JSON.stringify({ format: FORMAT, ...file }, null, 2)}\n`);
}
