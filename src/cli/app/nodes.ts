import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { ClefError, isHexId, type LibraryId, type NodeId, type Policy } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import { NodeMeter, NodeSet } from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import type { NodeEntry } from '../config/settings.ts';
import { type DataFolder, writeDurably } from '../data-folder.ts';
import type { WorkerNode } from './media-worker-protocol.ts';
import type { FoundNode, NodePlace } from './node-place.ts';
import { openNode, placeOf } from './node-places.ts';

export interface MountedNodes {
  readonly nodes: NodeSet;
  /** What was asked of the nodes, by this process and its media workers. */
  readonly meter: NodeMeter;
  readonly policy: Policy;
  /** As the recovery kit names them. */
  readonly places: readonly KitNode[];
  /** As a media worker opens them. */
  readonly mounted: readonly WorkerNode[];
}

const knownSchema = v.record(v.string(), v.pipe(v.string(), v.check(isHexId)));

/**
 * Mounts every configured node. One that was mounted before and is away now is offline, never empty; a place
 * that is new here becomes a node only while it is empty, and not where the recovery kit knows a node that is
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
  const meter = new NodeMeter(() => performance.now());
  const nodes = new NodeSet({ now, meter });
  const places: KitNode[] = [];
  const mounted: WorkerNode[] = [];
  const domains: string[] = [];
  try {
    const wanted: NodePlace[] = [];
    for (const entry of entries) wanted.push(await placeOf(entry));
    // Nothing is written anywhere while one of the places is another library's.
    for (const place of wanted) {
      const found = known[place.name] === undefined ? await place.find() : undefined;
      if (found) assertOwn(found, data.identity.libraryId);
    }
    for (const place of wanted) {
      const id = known[place.name] ?? (await firstIdOf(place, data, fromKit));
      known[place.name] = id;
      const failureDomain = place.failureDomain ?? (await place.domainOf(id));
      domains.push(failureDomain);
      places.push({ id, place: place.name });
      mounted.push({ spec: place.spec, id, failureDomain });
      await nodes.mount({
        id,
        failureDomain,
        weight: 1,
        open: () => openNode(place.spec, { expectedId: id, failureDomain }),
      });
    }
    const policy = config.policy ?? { k: 1, m: 0 };
    assertDomains(policy, entries, domains);
    await writeKnownNodes(data, known);
    return { nodes, meter, policy, places, mounted };
  } catch (error) {
    await nodes[Symbol.asyncDispose]();
    throw error;
  }
}

/** Ids by the names of their places, from earlier starts. */
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

/** Of a place that was never mounted: what is there, what the kit says was there, or the new node that it becomes. */
async function firstIdOf(place: NodePlace, data: DataFolder, fromKit: readonly KitNode[]): Promise<NodeId> {
  const found = await place.find();
  const kept = fromKit.find(({ place: name }) => name === place.name);
  return found?.id ?? kept?.id ?? place.become(data.identity.libraryId);
}

/** The id of the node that is there already, or of the new one that an empty place becomes; another library's is refused. */
export async function becomeNode(place: NodePlace, { identity: { libraryId } }: DataFolder): Promise<NodeId> {
  const found = await place.find();
  if (!found) return place.become(libraryId);
  assertOwn(found, libraryId);
  return found.id;
}

function assertOwn({ library }: FoundNode, libraryId: LibraryId): void {
  if (library === undefined || library === libraryId) return;
  throw new ClefError(
    'config-invalid',
    `CLEF_NODES: a node holds library ${library}, which is not this data folder's; put that library's data folder back, make a new one with \`clef vault recover\`, or name an empty folder`,
  );
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
      `CLEF_NODES: ${shared.length + 1} nodes lie on one disk or server and would be lost together; name a domain for each (#domain=NAME) to say that you know`,
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
