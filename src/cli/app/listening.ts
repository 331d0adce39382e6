import { ClefError } from '../../core/index.ts';
import type { ListenAddress } from '../config/settings.ts';

/** What a person can do about it. */
export function listenFailure(setting: string, { host, port }: ListenAddress, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const address = `${hostInUrl(host)}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new ClefError('config-invalid', `${setting}: another program listens at ${address}`, { cause });
    case 'EACCES':
      return new ClefError(
        'config-invalid',
        `${setting}: ${address} needs more rights than Clef has; ports under 1024 do`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ClefError('config-invalid', `${setting}: this machine has no address ${host}`, { cause });
    default:
      return cause;
  }
}

/** Where a person on this machine finds it. */
export function hostForUrl(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : hostInUrl(host);
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
