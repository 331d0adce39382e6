import { ClefError, type LibraryId, type NodeId, type Policy } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import type { Config } from '../config/config.ts';
import type { NodeEntry } from '../config/settings.ts';
import type { DataFolder } from '../data-folder.ts';
import { type RegisteredNode, readNodeFile } from './node-file.ts';
import type { FoundNode, NodePlace } from './node-place.ts';
import { nameOf, placeOf } from './node-places.ts';
import { NodeRegistry, parseEntry } from './node-registry.ts';

export interface MountOptions {
  readonly config: Pick<Config, 'nodes' | 'policy'>;
  readonly data: DataFolder;
  readonly now: () => number;
  /** Nodes that the recovery kit knows; recovery only. */
  readonly fromKit?: readonly KitNode[];
  /** Told of what a person should know and that stops nothing. */
  readonly warn: (message: string) => void;
}

/**
 * Mounts every node of CLEF_NODES and every one that was added since. One that was mounted before and is away now is
 * offline, never empty; a place that is new here becomes a node only while it is empty, and not where the recovery kit
 * knows a node that is away. `config-invalid` lists what the policy cannot stand on.
 */
export async function mountNodes({
  config,
  data,
  now,
  fromKit = [],
  warn,
}: MountOptions): Promise<NodeRegistry> {
  const file = await readNodeFile(data);
  const known = new Map(file.nodes.map((node) => [node.place, node]));
  const registry = new NodeRegistry({ data, file, policy: config.policy, now });
  try {
    const wanted: { readonly place: NodePlace; readonly entry: NodeEntry }[] = [];
    for (const entry of entriesOf(config, data, file.nodes)) {
      if (known.get(nameOf(entry))?.use === 'removed') {
        warn(
          'CLEF_NODES names a node that was removed; it is not used (`clef vault node add` takes it back)',
        );
        continue;
      }
      wanted.push({ entry, place: await placeOf(entry) });
    }
    // Nothing is written anywhere while one of the places is another library's.
    for (const { place } of wanted) {
      const found = known.has(place.name) ? undefined : await place.find();
      if (found) assertOwn(found, data.identity.libraryId);
    }
    const nodes = [];
    for (const { place, entry } of wanted) {
      nodes.push({ place, entry, id: known.get(place.name)?.id ?? (await firstIdOf(place, data, fromKit)) });
    }
    await registry.mountAll(nodes);
    assertDomains(registry, file.policy === undefined && !file.nodes.some(({ use }) => use !== 'used'), warn);
    const overruled = registry.overruledPolicy;
    if (overruled) {
      warn(
        `new assets are written ${policyName(registry.policy)}, as \`clef vault policy set\` said, not ${policyName(overruled)} as CLEF_POLICY says`,
      );
    }
    return registry;
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}

/** What the settings name, then what was added. A place that both name is as the settings say. */
export function entriesOf(
  { nodes }: Pick<Config, 'nodes'>,
  { defaultNode }: DataFolder,
  registered: readonly RegisteredNode[],
): readonly NodeEntry[] {
  const first: readonly NodeEntry[] = nodes ?? [{ kind: 'directory', path: defaultNode }];
  const names = new Set(first.map(nameOf));
  const added = registered.flatMap(({ entry, use, place }) =>
    entry === undefined || use === 'removed' || names.has(place) ? [] : parseEntry(entry),
  );
  return [...first, ...added];
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

/** As people write it: `2+1`. */
export function policyName({ k, m }: Policy): string {
  return `${k}+${m}`;
}

/**
 * A policy that only the settings name must fit the nodes that only they name: it is most likely a slip. Where a person
 * changed nodes or policy since, what is short shows in `clef vault status`, and the server starts.
 */
function assertDomains(
  registry: NodeRegistry,
  isAsConfigured: boolean,
  warn: (message: string) => void,
): void {
  const fault = faultOf(registry);
  if (fault === undefined) return;
  if (isAsConfigured) throw new ClefError('config-invalid', fault);
  warn(fault);
}

function faultOf(registry: NodeRegistry): string | undefined {
  const { policy } = registry;
  const { k, m } = policy;
  const domains = registry.domains();
  if (domains.length < k + m) {
    return `CLEF_POLICY ${policyName(policy)} needs ${k + m} nodes, CLEF_NODES names ${domains.length}`;
  }
  if (m === 0) return undefined;
  const shared = domains.filter(
    ({ domain, isNamed }, at) => !isNamed && domains.findIndex((other) => other.domain === domain) !== at,
  );
  if (shared.length > 0) {
    return `CLEF_NODES: ${shared.length + 1} nodes lie on one disk or server and would be lost together; name a domain for each (#domain=NAME) to say that you know`;
  }
  const distinct = new Set(domains.map(({ domain }) => domain)).size;
  return distinct < Math.min(k + m, k + 1)
    ? `CLEF_POLICY ${policyName(policy)} needs at least ${k + 1} failure domains, CLEF_NODES names ${distinct}`
    : undefined;
}
