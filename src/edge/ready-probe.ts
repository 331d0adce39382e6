import type { ClusterServer } from './membership.ts';
import type { ProbeServer } from './ready-servers.ts';

/** For a server that takes connections and says nothing, as one that was stopped does. */
const WITHIN_MS = 2_000;

/** Asks `/readyz`, as load balancers do. */
export function createReadyProbe(withinMs = WITHIN_MS): ProbeServer {
  return async ({ host, port }: ClusterServer, signal) => {
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}/readyz`;
    const init = {
      redirect: 'manual',
      headers: { connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    } as const;
    try {
      const { status, body } = await fetch(address, init);
      await body?.cancel();
      return status === 200 ? 'ready' : 'not-ready';
    } catch {
      return 'silent';
    }
  };
}
