import { ClefError } from '../../core/index.ts';
import { type SmbAddress, type SmbCredentials, SmbFault, watchShare } from '../../smb/index.ts';
import { sentenceOf } from '../sources/share.ts';
import type { WatchHints } from './hints.ts';

export interface WatchedShare {
  readonly address: SmbAddress;
  readonly path: string;
  readonly credentials: () => Promise<SmbCredentials>;
}

/** What a server answers that has no such call. */
const NEVER = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** What the share's server tells, on a connection of its own. */
export function watchShareFolder({ address, path, credentials }: WatchedShare): WatchHints {
  return async ({ onWatching, onHint, signal }) => {
    try {
      return await watchShare({
        address,
        credentials: await credentials(),
        path,
        onWatching,
        onChanges: (paths) => {
          for (const changed of paths) onHint(Buffer.from(changed, 'utf8'));
        },
        signal,
      });
    } catch (error) {
      if (!(error instanceof SmbFault)) throw error;
      const { kind, errno } = error;
      if (kind === 'call' && NEVER.has(errno ?? ''))
        throw new ClefError('media-unreadable', `its server does not tell of changes (${errno})`);
      throw new ClefError('source-missing', sentenceOf(error), { cause: error });
    }
  };
}
