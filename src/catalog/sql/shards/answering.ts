import { isClefError } from '../../../core/index.ts';
import type { OpenShards } from './apply.ts';
import { Server } from './server.ts';
import type { ShardServers } from './servers.ts';

/** Those servers of a sharded catalogue that can be reached. */
export interface AnsweringShards extends Pick<OpenShards, 'nodes' | 'spiders'>, AsyncDisposable {
  /** The names of the others. */
  readonly away: readonly string[];
}

export async function openAnswering({ nodes, spiders }: ShardServers): Promise<AnsweringShards> {
  await using stack = new AsyncDisposableStack();
  const away: string[] = [];
  const open = async (name: string, address: Parameters<typeof Server.connect>[1]) => {
    try {
      return [stack.use(await Server.connect(name, address))];
    } catch (error) {
      if (!isClefError(error, 'catalog-offline')) throw error;
      away.push(name);
      return [];
    }
  };
  const opened = {
    nodes: (await Promise.all(nodes.map(({ name, primary }) => open(name, primary)))).flat(),
    spiders: (await Promise.all(spiders.map(({ name, address }) => open(name, address)))).flat(),
    away,
  };
  const owned = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
