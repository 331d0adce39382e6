import * as v from 'valibot';
import { ClefError, type NodeId } from '../../core/index.ts';
import { readSeenKeys } from '../../keystore/index.ts';
import {
  columnsOnlyOn,
  hasKnownLimit,
  loadTombstones,
  storeStatements,
  surveyMatrix,
  vaultStatus,
} from '../../vault/index.ts';
import type { LockedApp } from '../app/app.ts';
import { renewKit } from '../app/keys.ts';
import type { ListedNode, NodeRegistry } from '../app/node-registry.ts';
import { becomeNode } from '../app/nodes.ts';
import { keylessTrust } from '../app/trust.ts';
import { keylessOperation } from './operation.ts';
import { assertPolicyStaysMet } from './policy-needs.ts';

/** A node as commands show it. */
export interface ShownNode {
  readonly id: string;
  readonly place: string;
  readonly use: 'used' | 'draining' | 'removed';
  readonly domain: string;
  readonly weight: number;
  readonly state: 'online' | 'offline';
  readonly freeBytes?: number;
  /** Absent for a node that does not answer, or knows no limit. */
  readonly totalBytes?: number;
  /** As the catalogue names them. */
  readonly columns: number;
  readonly bytes: number;
}

/** By spare columns, how many assets. */
export interface ShownSpares {
  readonly spare: number;
  readonly assets: number;
}

export interface NodeList {
  readonly nodes: readonly ShownNode[];
  readonly spares: readonly ShownSpares[];
}

export const listNodes = keylessOperation({
  name: 'vault.node.list',
  args: v.object({}),
  async run({ nodes, registry, catalog }, _args, { signal }): Promise<NodeList> {
    const status = await vaultStatus({ nodes, policy: registry.policy, signal });
    const spaceOf = new Map(status.nodes.map(({ id, space }) => [id, space]));
    const { loads, spares } = await surveyMatrix({
      assets: catalog.storedAssets(),
      nodes: nodes.known(),
      isThere: (id) => spaceOf.get(id) !== undefined,
      signal,
    });
    return {
      nodes: registry.list().map((listed) => {
        const space = spaceOf.get(listed.id);
        const { columns = 0, bytes = 0 } = loads.get(listed.id) ?? {};
        const state = space ? 'online' : 'offline';
        const known = space && hasKnownLimit(space) ? space : {};
        return { ...listed, state, ...known, columns, bytes: Math.round(bytes) };
      }),
      spares: [...spares].map(([spare, assets]) => ({ spare, assets })),
    };
  },
});

export interface AddedNode {
  readonly id: string;
  readonly domain: string;
  readonly weight: number;
}

export const addNode = keylessOperation({
  name: 'vault.node.add',
  args: v.object({ place: v.string() }),
  async run(app, { place }): Promise<AddedNode> {
    const { registry, data, nodes, log } = app;
    const id = await registry.add(place, (at) => becomeNode(at, data));
    const seen = await readSeenKeys(data.keyringSeenFile);
    // So that a recovery from this node alone finds the keyrings too.
    if (seen) await storeStatements(nodes, data.identity.libraryId, seen.statements);
    await renewKit({ data, registry, log });
    const { domain, weight } = registry.find(id);
    return { id, domain, weight };
  },
});

export interface DrainedNode {
  readonly place: string;
  /** Columns that a rebalance will move. */
  readonly columns: number;
  readonly bytes: number;
  /** Columns for which no other node is left. */
  readonly homeless: number;
}

export const drainNode = keylessOperation({
  name: 'vault.node.drain',
  args: v.object({ node: v.string(), force: v.boolean() }),
  async run({ registry, catalog, nodes }, { node: text, force }, { signal }): Promise<DrainedNode> {
    const { id, place, use } = registry.find(text);
    if (use === 'removed') throw new ClefError('bad-request', 'this node was removed already');
    // One that is drained already takes nothing as it is.
    if (use === 'used' && !force) assertPolicyStaysMet(registry.policy, without(registry, id));
    await registry.use(id, 'draining');
    const survey = await surveyMatrix({
      assets: catalog.storedAssets(),
      nodes: nodes.known(),
      isThere: () => true,
      signal,
    });
    const { columns = 0, bytes = 0 } = survey.loads.get(id) ?? {};
    return { place, columns, bytes: Math.round(bytes), homeless: survey.homelessColumns };
  },
});

function without(registry: NodeRegistry, id: NodeId): readonly ListedNode[] {
  return registry.list().filter((one) => one.id !== id);
}

export interface RemovedNode {
  readonly place: string;
  /** Assets that lost a column with it; a repair restores what parity covers. */
  readonly short: number;
}

export const removeNode = keylessOperation({
  name: 'vault.node.remove',
  args: v.object({ node: v.string(), lost: v.boolean(), force: v.boolean() }),
  async run(app, { node: text, lost, force }, { signal }): Promise<RemovedNode> {
    const { registry, nodes, data, log } = app;
    const { id, place, use } = registry.find(text);
    if (use === 'removed') throw new ClefError('bad-request', 'this node was removed already');
    await nodes.probe({ signal });
    const isThere = nodes.get(id) !== undefined;
    if (lost && isThere) {
      throw new ClefError('not-allowed', 'this node answers; `clef vault node drain` empties it first');
    }
    if (!lost) {
      if (use === 'used') {
        throw new ClefError(
          'not-allowed',
          'this node still takes columns; `clef vault node drain` and `clef vault rebalance` empty it, --lost is for one that is gone for good',
        );
      }
      if (!force) assertPolicyStaysMet(registry.policy, without(registry, id));
      await assertEmpty(app, id, isThere, signal);
    }
    await registry.use(id, 'removed');
    const short = lost ? await forgetColumns(app, id, signal) : 0;
    await renewKit({ data, registry, log });
    return { place, short };
  },
});

async function assertEmpty(app: LockedApp, id: NodeId, isThere: boolean, signal: AbortSignal): Promise<void> {
  const { catalog, nodes, data } = app;
  let named = 0;
  for await (const { columnNodes } of catalog.storedAssets()) if (columnNodes.includes(id)) named++;
  if (named > 0) {
    throw new ClefError(
      'not-allowed',
      `${named} assets have a column on this node; \`clef vault node drain\` and \`clef vault rebalance\` empty it, --lost is for one that is gone for good`,
    );
  }
  if (!isThere) {
    throw new ClefError('not-allowed', 'this node does not answer; --lost says that it is gone for good');
  }
  const { libraryId } = data.identity;
  const except = await loadTombstones({ nodes, libraryId, trust: await keylessTrust(app), signal });
  const only = await columnsOnlyOn(id, { nodes, libraryId, except, signal });
  if (only > 0) {
    throw new ClefError(
      'not-allowed',
      `${only} columns that the catalogue does not know lie on this node alone; \`clef vault sweep\` takes up or removes them`,
    );
  }
}

/** The catalogue no longer names a node that is gone for good; what is short of a column is repaired first. */
async function forgetColumns({ catalog }: LockedApp, id: NodeId, signal: AbortSignal): Promise<number> {
  let short = 0;
  for await (const { assetId, layoutId, columnNodes } of catalog.storedAssets()) {
    signal.throwIfAborted();
    if (!columnNodes.includes(id)) continue;
    const others = columnNodes.map((home) => (home === id ? undefined : home));
    const named = { before: columnNodes, columnNodes: others, degraded: true };
    if (await catalog.setColumnNodes({ assetId, layoutId, ...named })) short++;
  }
  return short;
}

export const nodeOperations = [listNodes, addNode, drainNode, removeNode];
