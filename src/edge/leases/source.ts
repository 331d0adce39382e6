import { ClefError } from '../../core/index.ts';
import { type NatsAddress, NatsLine, parsed } from '../../nats/index.ts';
import type { ClusterServer } from '../membership.ts';
import { type MembershipSource, membershipOf, onlyChanges } from '../membership-source.ts';
import { type Beat, beat, LEASE_MS } from './beat.ts';
import { leaseSubjects } from './subjects.ts';

export interface LeaseSourceOptions {
  readonly address: NatsAddress;
  readonly libraryId: string;
  /** A clock that no one sets: how long ago a beat came is counted here, whatever time its sender has. */
  readonly monotonicMs: () => number;
  readonly leaseMs?: number;
}

interface Lease {
  readonly beat: Beat;
  readonly heardMs: number;
}

/** Who hears of a cluster first gives everybody the time to answer. */
const FIRST_LOOK_MS = 500;
const LOOKS_A_LEASE = 10;

/**
 * Whose leases last. Beats are heard as they are said, and nobody keeps them: no leader of a stream has to be there for an edge to know
 * who is.
 */
export function createLeaseSource(options: LeaseSourceOptions): MembershipSource {
  const { address, libraryId, monotonicMs, leaseMs = LEASE_MS } = options;
  const subjects = leaseSubjects(libraryId);
  return {
    async watch(onNews, signal) {
      const tell = onlyChanges(onNews);
      const leases = new Map<string, Lease>();
      let knownFromMs = Number.POSITIVE_INFINITY;
      let lookedMs = monotonicMs();

      /** Nobody could be heard: everybody has the time of a lease to be heard again. */
      const renewAll = () => {
        for (const [name, { beat }] of leases) leases.set(name, { beat, heardMs: monotonicMs() });
      };
      const ask = (line: NatsLine) => {
        knownFromMs = monotonicMs() + Math.min(FIRST_LOOK_MS, leaseMs);
        line.say(subjects.who, {});
      };
      await using line = await NatsLine.open({
        address,
        signal,
        onLost: () => tell(unknown()),
        onBack: () => line && ask(line),
      });
      if (!line) return;
      line.connection.subscribe(subjects.beats, {
        callback: (error, message) => {
          const heard = error ? undefined : parsed(beat, message);
          if (!heard) return;
          leases.set(heard.name, { beat: heard, heardMs: monotonicMs() });
          look();
        },
      });
      const look = () => {
        const nowMs = monotonicMs();
        // This process was asleep, or has no connection.
        if (nowMs - lookedMs > leaseMs / 2 || !line.isConnected) renewAll();
        lookedMs = nowMs;
        for (const [name, { beat, heardMs }] of leases)
          if (beat.state === 'gone' || monotonicMs() - heardMs > leaseMs) leases.delete(name);
        if (line.isConnected && nowMs >= knownFromMs)
          tell({ kind: 'known', membership: membershipIn(leases) });
      };
      ask(line);
      const timer = setInterval(look, Math.min(leaseMs / LOOKS_A_LEASE, FIRST_LOOK_MS));
      await untilAborted(signal);
      clearInterval(timer);
    },
  };
}

function membershipIn(leases: ReadonlyMap<string, Lease>) {
  return membershipOf(
    Array.from(
      leases.values(),
      ({ beat: { name, host, port, state } }): ClusterServer => ({
        name,
        host,
        port,
        state: state === 'draining' ? 'draining' : 'ready',
      }),
    ),
  );
}

function unknown() {
  const error = new ClefError(
    'cluster-unknown',
    'NATS does not answer, where servers say that they are there',
  );
  return { kind: 'unknown', error } as const;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
