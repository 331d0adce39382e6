import type { SmbAddress, SmbCredentials } from './address.ts';
import { SmbConnection } from './connection.ts';
import { SmbFault } from './fault.ts';

export interface WatchShareOptions {
  readonly address: SmbAddress;
  readonly credentials: SmbCredentials;
  /** Folder of the share; '' is its top. */
  readonly path: string;
  /** The server takes its orders: what changes from now on is told. */
  readonly onWatching: () => void;
  /** Paths below the folder; '' where more changed than the server can say. */
  readonly onChanges: (paths: readonly string[]) => void;
  readonly signal: AbortSignal;
}

/** Of one that says nothing any more; a watch that lives speaks every second. */
const SILENT_MS = 10_000;

/**
 * Tells of what changes, on a connection of its own, until the signal, which rejects with its reason, or until the
 * connection ends, which rejects with an SmbFault. Servers tell of what other clients do, in all folders; of what is done
 * on their own disk often only in the watched folder itself, or not at all.
 */
export async function watchShare(options: WatchShareOptions): Promise<never> {
  const { address, credentials, path, onWatching, onChanges, signal } = options;
  signal.throwIfAborted();
  const connection = new SmbConnection({
    address,
    credentials,
    silentMs: SILENT_MS,
    onEnd: () => undefined,
  });
  const stop = (): void => connection.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await connection.connected();
    let isWatching = false;
    const onNews = (paths: readonly string[]): void => {
      // A server that does not tell says so at once.
      if (!isWatching) onWatching();
      isWatching = true;
      if (paths.length > 0) onChanges(paths);
    };
    await connection.call<'watch'>({ kind: 'watch', path }, { onNews });
    throw new SmbFault('away');
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end();
  }
}
