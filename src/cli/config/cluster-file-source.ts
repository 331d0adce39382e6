import { setTimeout as delay } from 'node:timers/promises';
import { type MembershipSource, onlyChanges } from '../../edge/index.ts';
import { readServers } from './cluster-file.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Who is there by a list in a file, which is read again and again: some kilobytes a second, whatever the file lies on and however an editor
 * writes it.
 */
export function createClusterFileSource(path: string, lookEveryMs = LOOK_EVERY_MS): MembershipSource {
  return {
    async watch(onNews, signal) {
      const tell = onlyChanges(onNews);
      while (!signal.aborted) {
        try {
          const membership = await readServers(path);
          if (!signal.aborted) tell({ kind: 'known', membership });
        } catch (error) {
          tell({ kind: 'unknown', error });
        }
        await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
