import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { ClefError, isHexId, type LibraryId, type NodeId, type Policy } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import { NodeSet } from '../../vault/index.ts';
import { initDirectoryNode, isFreeForNode, openDirectoryNode } from '../../vault/nodes/directory.ts';
import type { Config } from '../config/config.ts';
import type { NodeEntry } from '../config/settings.ts';
import { type DataFolder, writeDurably } from '../data-folder.ts';

export interface MountedNodes {
  readonly nodes: NodeSet;
  readonly policy: Policy;
  /** As the recovery kit names them. */
  readonly places: readonly KitNode[];
}

const MARKER = 'clef-node.json';
const knownSchema = v.record(v.string(), v.pipe(v.string(), v.check(isHexId)));

/**
 * Mounts every configured node. One that was mounted before and is away now is offline, never empty; a folder
 * that is new here becomes a node only while it is empty, and not where the recovery kit knows a node whose disk is
 * away. `config-invalid` lists what the policy cannot stand on.
 */
export async function mountNodes(
  config: Config,
  data: DataFolder,
  now: () => number,
  fromKit: readonly KitNode[] = [],
): Promise<MountedNodes> {
  const entries: readonly NodeEntry[] = config.nodes ?? [{ kind: 'directory', path: data.defaultNode }];
  const known = await readKnownNodes(data);
  const nodes = new NodeSet({ now });
  const places: KitNode[] = [];
  const domains: string[] = [];
  try {
    // Nothing is written on any folder while one of them is another library's.
    for (const entry of entries) {
      const root = resolve(entry.path);
      if (known[root] !== undefined) continue;
      const found = await nodeIn(root, await readdir(root).catch(() => []));
      if (found) assertOwn(found, data.identity.libraryId);
    }
    for (const entry of entries) {
      const root = resolve(entry.path);
      const id = known[root] ?? (await awayNode(root, fromKit)) ?? (await becomeNode(root, data));
      known[root] = id;
      const domain = entry.failureDomain ?? (await deviceOf(root, id));
      domains.push(domain);
      places.push({ id, place: root });
      await nodes.mount({
        id,
        failureDomain: domain,
        weight: 1,
        open: () => openDirectoryNode({ root, expectedId: id, failureDomain: domain }),
      });
    }
    const policy = config.policy ?? { k: 1, m: 0 };
    assertDomains(policy, entries, domains);
    await writeKnownNodes(data, known);
    return { nodes, policy, places };
  } catch (error) {
    await nodes[Symbol.asyncDispose]();
    throw error;
  }
}

/** Ids by folder, from earlier starts. */
export async function readKnownNodes({ nodesFile: file }: DataFolder): Promise<Record<string, NodeId>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ClefError('data-invalid', 'nodes.json in the data folder cannot be read', { cause });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), knownSchema), text);
  if (!parsed.success) {
    throw new ClefError(
      'data-invalid',
      'nodes.json in the data folder is damaged; delete it if every node is mounted now',
    );
  }
  return parsed.output as Record<string, NodeId>;
}

export function writeKnownNodes(
  { nodesFile }: DataFolder,
  known: Readonly<Record<string, NodeId>>,
): Promise<void> {
  return writeDurably(nodesFile, `${JSON.stringify(known, null, 2)}\n`);
}

/** The id of a node that the kit names in this folder and that does not show there. */
async function awayNode(root: string, fromKit: readonly KitNode[]): Promise<NodeId | undefined> {
  const node = fromKit.find(({ place }) => place === root);
  if (!node) return undefined;
  const names: readonly string[] = await readdir(root).catch(() => []);
  return names.includes(MARKER) ? undefined : node.id;
}

/**
 * The id of a node that is there already, for instance when recovering, or of the new one that an empty folder
 * becomes. Another library's node is refused: its data folder is missing, and it is not for a new library to lie over it.
 */
export async function becomeNode(root: string, data: DataFolder): Promise<NodeId> {
  await mkdir(root, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new ClefError(
      'config-invalid',
      'CLEF_NODES: a folder cannot be made; does its disk exist, and may Clef write there?',
      { cause },
    );
  });
  const names = await readdir(root);
  const { libraryId } = data.identity;
  const found = await nodeIn(root, names);
  if (found) {
    assertOwn(found, libraryId);
    return found.id;
  }
  if (!isFreeForNode(names)) {
    throw new ClefError(
      'config-invalid',
      `CLEF_NODES: a folder is not empty and has no ${MARKER}; name an empty one`,
    );
  }
  return initDirectoryNode({ root, random: randomBytes, library: libraryId });
}

interface FoundNode {
  readonly id: NodeId;
  readonly library: LibraryId | undefined;
}

async function nodeIn(root: string, names: readonly string[]): Promise<FoundNode | undefined> {
  if (!names.includes(MARKER)) return undefined;
  await using node = await openDirectoryNode({ root });
  return { id: node.id, library: node.library };
}

function assertOwn({ library }: FoundNode, libraryId: LibraryId): void {
  if (library === undefined || library === libraryId) return;
  throw new ClefError(
    'config-invalid',
    `CLEF_NODES: a node holds library ${library}, which is not this data folder's; put that library's data folder back, make a new one with \`clef vault recover\`, or name an empty folder`,
  );
}

async function deviceOf(root: string, id: NodeId): Promise<string> {
  try {
    return `dev:${(await stat(root)).dev}`;
  } catch {
    // Away for now: it shares its fate with nobody that is here.
    return `away:${id}`;
  }
}

function assertDomains({ k, m }: Policy, entries: readonly NodeEntry[], domains: readonly string[]): void {
  if (entries.length < k + m) {
    throw new ClefError(
      'config-invalid',
      `CLEF_POLICY ${k}+${m} needs ${k + m} nodes, CLEF_NODES names ${entries.length}`,
    );
  }
  if (m === 0) return;
  const shared = domains.filter(
    (domain, at) => domains.indexOf(domain) !== at && entries[at]?.failureDomain === undefined,
  );
  if (shared.length > 0) {
    throw new ClefError(
      'config-invalid',
      `CLEF_NODES: ${shared.length + 1} nodes lie on one disk and would be lost together; name a domain for each (#domain=NAME) to say that you know`,
    );
  }
  const distinct = new Set(domains).size;
  if (distinct < Math.min(k + m, k + 1)) {
    throw new ClefError(
      'config-invalid',
      `CLEF_POLICY ${k}+${m} needs at least ${k + 1} failure domains, CLEF_NODES names ${distinct}`,
    );
  }
}
