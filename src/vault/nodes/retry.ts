import { setTimeout as wait } from 'node:timers/promises';
import { isClefError } from '../../core/index.ts';
import { untilAborted } from '../abort.ts';
import { decorateNode } from './decorate.ts';
import type { NodeCallOptions, StorageNode } from './port.ts';

export interface RetryOptions {
  /** Of one call, the first among them. */
  readonly tries: number;
  /** Before the second try; doubled before each further one, and varied by half so that callers do not keep step. */
  readonly firstWaitMs: number;
  /** 0 up to 1. */
  readonly random: () => number;
}

/**
 * A node that is asked again where it failed in passing (`node-io`): a session that was reset, a share that was
 * reconnected. Only calls that change nothing are repeated, and those that may be done twice; what is being written
 * cannot be had again, and a node that is offline is for its caller to do without.
 */
export function retryReads(node: StorageNode, { tries, firstWaitMs, random }: RetryOptions): StorageNode {
  async function retried<T>(call: () => Promise<T>, { signal }: NodeCallOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === tries || !isClefError(error, 'node-io')) throw error;
        await untilAborted(wait(firstWaitMs * 2 ** (attempt - 1) * (0.5 + random())), signal);
      }
    }
  }
  return decorateNode(node, {
    read: (name, offsetBytes, lengthBytes, options) =>
      retried(() => node.read(name, offsetBytes, lengthBytes, options), options),
    stat: (name, options) => retried(() => node.stat(name, options), options),
    delete: (name, options) => retried(() => node.delete(name, options), options),
    free: (options) => retried(() => node.free(options), options),
  });
}
