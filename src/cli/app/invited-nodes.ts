import { ClefError, type LibraryId, type NodeId } from '../../core/index.ts';
import type { NodeEntry } from '../config/settings.ts';
import type { InvitedNode } from './invitation.ts';
import type { RegisteredNode } from './node-file.ts';
import type { FoundNode, NodePlace } from './node-place.ts';
import { placeOf } from './node-places.ts';

/** Where a node of the library is from here, and how it is kept in `nodes.json`. */
export interface JoinedNode {
  /** Undefined for one that was removed, and that nothing names here. */
  readonly place?: NodePlace;
  readonly record: RegisteredNode;
}

export interface FindInvited {
  readonly entries: readonly NodeEntry[];
  readonly invited: readonly InvitedNode[];
  readonly libraryId: LibraryId;
  /** Of an earlier join: how big nodes are, and which were added here. */
  readonly known: readonly RegisteredNode[];
}

/**
 * Finds every node of an invitation at the places that are named here; one that is away goes by the name of its place.
 * No place becomes a node, and none may be left out: what lies there would be taken for lost. `config-invalid` says what
 * does not fit, `vault-too-few-nodes` that nobody answers.
 */
export async function findInvited({
  entries,
  invited,
  libraryId,
  known,
}: FindInvited): Promise<readonly JoinedNode[]> {
  const joined = new Map<NodeId, JoinedNode>();
  let answering = 0;
  let empty = 0;
  for (const entry of entries) {
    const place = await placeOf(entry);
    const found = await place.find();
    const node = found
      ? ownOf(found, invited, libraryId)
      : invited.find(({ place: at }) => at === place.name);
    if (found) answering++;
    if (!node) {
      empty++;
      continue;
    }
    if (joined.has(node.id))
      throw new ClefError('config-invalid', `storage node ${node.id} is named more than once`);
    joined.set(node.id, { place, record: recordOf(node, place.name, known) });
  }
  if (answering === 0)
    throw new ClefError('vault-too-few-nodes', 'no node of the library answers at what CLEF_NODES names');
  if (empty > 0)
    throw new ClefError(
      'config-invalid',
      `CLEF_NODES: ${empty} of its places hold no node, or do not answer; a server joins where it reaches all of them`,
    );
  const lacking = invited.filter(({ id, use }) => use !== 'removed' && !joined.has(id));
  if (lacking.length === 0) return [...joined.values(), ...removedOf(invited, joined, known)];
  throw new ClefError(
    'config-invalid',
    `CLEF_NODES lacks ${lacking.length} of the library’s nodes (${lacking.map(({ id }) => id.slice(0, 8)).join(', ')}); \`clef vault node list\` on the other server shows where they are`,
  );
}

/** Settings that name such a place later take nothing back by that. */
function removedOf(
  invited: readonly InvitedNode[],
  joined: ReadonlyMap<NodeId, JoinedNode>,
  known: readonly RegisteredNode[],
): readonly JoinedNode[] {
  const taken = new Set(Array.from(joined.values(), ({ record }) => record.place));
  return invited
    .filter(({ id, place, use }) => use === 'removed' && !joined.has(id) && !taken.has(place))
    .map((node) => ({ record: recordOf(node, node.place, known) }));
}

function ownOf(
  { id, library }: FoundNode,
  invited: readonly InvitedNode[],
  libraryId: LibraryId,
): InvitedNode {
  if (library !== undefined && library !== libraryId)
    throw new ClefError(
      'config-invalid',
      `CLEF_NODES: a node holds library ${library}, and the invitation is to ${libraryId}`,
    );
  const node = invited.find((one) => one.id === id);
  if (node) return node;
  throw new ClefError(
    'config-invalid',
    `CLEF_NODES: the invitation does not know node ${id}; add it on the other server, and take a new invitation`,
  );
}

function recordOf(
  { id, use, domain, weight }: InvitedNode,
  place: string,
  known: readonly RegisteredNode[],
): RegisteredNode {
  const { entry, totalBytes } = known.find((one) => one.id === id && one.place === place) ?? {};
  return {
    id,
    place,
    use,
    ...(entry !== undefined && { entry }),
    ...(domain !== undefined && { domain }),
    ...(weight !== undefined && { weight }),
    ...(totalBytes !== undefined && { totalBytes }),
  };
}
