import type { EngineFault, EngineFaultKind } from './port.ts';

const KINDS: Readonly<Record<EngineFaultKind, { readonly retryMs: number }>> = {
  offline: { retryMs: 250 },
  preparing: { retryMs: 1_000 },
  'not-allowed': { retryMs: 0 },
  damaged: { retryMs: 0 },
  unsupported: { retryMs: 0 },
  'not-found': { retryMs: 0 },
};
const LONGEST_RETRY_MS = 2_000;

/** What a port rejected with, as a fault of this track; anything else than a fault is bytes that nobody can use. */
export function faultOf(error: unknown, trackId: string): EngineFault {
  const kind = (error as { kind?: unknown } | undefined)?.kind;
  const known = typeof kind === 'string' && kind in KINDS ? (kind as EngineFaultKind) : 'damaged';
  return { kind: known, trackId, retrying: KINDS[known].retryMs > 0 };
}

/**
 * Tries until there is an answer, a fault that no retry mends, or an abort. Waits longer each time, up to two
 * seconds; the browser's word that the network is back ends a wait.
 */
export async function untilAnswered<T>(
  trackId: string,
  signal: AbortSignal,
  onFault: (fault: EngineFault | undefined) => void,
  ask: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await ask();
      if (attempt > 0) onFault(undefined);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const fault = faultOf(error, trackId);
      if (!fault.retrying) throw fault;
      onFault(fault);
      await pause(Math.min(LONGEST_RETRY_MS, KINDS[fault.kind].retryMs * 2 ** attempt), signal);
    }
  }
}

function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      ended.abort();
      settle();
    };
    const timer = setTimeout(end(resolve), timeMs);
    const once = { once: true, signal: ended.signal };
    globalThis.addEventListener?.('online', end(resolve), once);
    signal.addEventListener(
      'abort',
      end(() => reject(signal.reason)),
      once,
    );
  });
}
