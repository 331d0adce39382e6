import { ClefError } from '../../../core/index.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { isFenced } from './fence.ts';
import { lookAtNode, type OpenNode } from './primaries.ts';
import { Server } from './server.ts';
import type { DataNode, ShardServers } from './servers.ts';

/** A data node, by whichever of its servers is its primary. */
export interface AnsweringNode {
  readonly name: string;
  /** Undefined where nobody may write: it is away, fenced, or about to be. */
  readonly open: OpenNode | undefined;
  /** Why it is undefined. */
  readonly problem: string | undefined;
}

export interface AnsweringSpider {
  readonly name: string;
  readonly server: Server | undefined;
  readonly problem: string | undefined;
}

/** The servers of a sharded catalogue, as far as they can be reached. */
export interface AnsweringShards extends AsyncDisposable {
  readonly nodes: readonly AnsweringNode[];
  readonly spiders: readonly AnsweringSpider[];
}

/** Changes nothing anywhere. */
export async function openAnswering({ nodes, spiders }: ShardServers): Promise<AnsweringShards> {
  await using stack = new AsyncDisposableStack();
  const open = async (name: string, address: MysqlAddress) => {
    try {
      return { name, server: stack.use(await Server.connect(name, address)), problem: undefined };
    } catch (error) {
      if (!(error instanceof ClefError)) throw error;
      return { name, server: undefined, problem: error.message };
    }
  };
  const openSpiders = await Promise.all(spiders.map(({ name, address }) => open(name, address)));
  const answering = openSpiders.flatMap(({ server }) => server ?? []);
  const openNodes = await Promise.all(nodes.map((node) => nodeOf(node, answering, open)));
  const owned = stack.move();
  return { nodes: openNodes, spiders: openSpiders, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Those that take writes. */
export function primariesOf({ nodes }: AnsweringShards): readonly Server[] {
  return nodes.flatMap(({ open }) => open?.primary ?? []);
}

async function nodeOf(
  { name, primary, replica }: DataNode,
  spiders: readonly Server[],
  open: (name: string, address: MysqlAddress) => Promise<AnsweringSpider>,
): Promise<AnsweringNode> {
  const listed = await Promise.all(
    [primary, ...(replica ? [replica] : [])].map(async (address) => ({
      address,
      ...(await open(name, address)),
    })),
  );
  const { found, known, isReplica } = await lookAtNode(name, listed, spiders);
  const without = (problem: string) => ({ name, open: undefined, problem });
  if (!found)
    return without(
      listed.find(({ problem }) => problem !== undefined)?.problem ??
        `${name}: none of the servers listed is its primary`,
    );
  if (known?.successor || isReplica)
    return without(`${name}: a promotion is under way, or was broken off; run it again`);
  // Nobody who answers may know of its successor.
  if (await isFenced(found)) return without(`${name}: its primary does not answer`);
  return {
    name,
    open: {
      primary: found,
      replica: listed.find(({ server }) => server !== found),
      known,
      isPromoted: found !== listed[0]?.server,
    },
    problem: undefined,
  };
}
