import { ClefError } from '../../core/index.ts';
import { connectToNats, type NatsAddress, parsed } from '../../nats/index.ts';
import { BEAT_MS, type Beat, beat, LEASE_MS } from './beat.ts';
import { leaseSubjects } from './subjects.ts';

export interface AskOptions {
  readonly address: NatsAddress;
  readonly libraryId: string;
  readonly signal: AbortSignal;
}

/** Who does not answer within it says so by its next beat. */
const ANSWERS_MS = BEAT_MS + 500;
const REQUEST_MS = 2_000;
const AT_ONCE_MS = 500;

/** Every server that says something now, by name. `cluster-unknown` without NATS. */
export async function whoIsThere({ address, libraryId, signal }: AskOptions): Promise<readonly Beat[]> {
  const connection = await connected(address);
  try {
    const subjects = leaseSubjects(libraryId);
    const heard = new Map<string, Beat>();
    connection.subscribe(subjects.beats, {
      callback: (error, message) => {
        const told = error ? undefined : parsed(beat, message);
        if (told?.state === 'gone') heard.delete(told.name);
        else if (told) heard.set(told.name, told);
      },
    });
    connection.publish(subjects.who);
    await waited(AT_ONCE_MS, signal);
    if (heard.size === 0) await waited(ANSWERS_MS - AT_ONCE_MS, signal);
    return Array.from(heard.values()).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } finally {
    await connection.close();
  }
}

/**
 * Asks a server to empty itself, and resolves once it says that it is gone, or was silent for a lease. `not-found` where no server of this
 * name hears it. Aborting leaves it at what it does.
 */
export async function drainFromAfar(
  { address, libraryId, signal }: AskOptions,
  { name, withinMs }: { readonly name: string; readonly withinMs: number },
  onBeat: (beat: Beat) => void,
): Promise<void> {
  const connection = await connected(address);
  try {
    const subjects = leaseSubjects(libraryId);
    const gone = Promise.withResolvers<void>();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const hear = () => {
      clearTimeout(silence);
      silence = setTimeout(gone.resolve, LEASE_MS);
    };
    connection.subscribe(subjects.beats, {
      callback: (error, message) => {
        const told = error ? undefined : parsed(beat, message);
        if (told?.name !== name) return;
        hear();
        if (told.state === 'gone') gone.resolve();
        else onBeat(told);
      },
    });
    await connection
      .request(subjects.drain(name), JSON.stringify({ withinMs }), { timeout: REQUEST_MS })
      .catch((cause: unknown) => {
        throw new ClefError('not-found', `no server named ${name} hears it`, { cause });
      });
    hear();
    signal.addEventListener('abort', () => gone.reject(signal.reason as Error), { once: true });
    await gone.promise.finally(() => clearTimeout(silence));
  } finally {
    await connection.close();
  }
}

function connected(address: NatsAddress) {
  return connectToNats(address).catch((cause: unknown) => {
    throw new ClefError('cluster-unknown', 'NATS does not answer, where servers say that they are there', {
      cause,
    });
  });
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
