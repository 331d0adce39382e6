import type { LibraryView } from '../../../catalog/index.ts';
import type { Account } from '../../../accounts/index.ts';

/** https://opensubsonic.netlify.app/docs/responses/user/ */
export type User = {
  readonly username: string;
  readonly scrobblingEnabled: boolean;
  readonly adminRole: boolean;
  readonly settingsRole: boolean;
  readonly downloadRole: boolean;
  readonly uploadRole: boolean;
  readonly playlistRole: boolean;
  readonly coverArtRole: boolean;
  readonly commentRole: boolean;
  readonly podcastRole: boolean;
  readonly streamRole: boolean;
  readonly jukeboxRole: boolean;
  readonly shareRole: boolean;
  readonly videoConversionRole: boolean;
  readonly folder: readonly number[];
};

/** Roles say what Clef does for this account through this interface: players hide what is false. */
export function wireUser(account: Account, libraries: readonly LibraryView[]): User {
  return {
    username: account.name,
    scrobblingEnabled: true,
    adminRole: account.role === 'admin',
    settingsRole: false,
    downloadRole: true,
    uploadRole: false,
    playlistRole: true,
    coverArtRole: false,
    commentRole: false,
    podcastRole: false,
    streamRole: true,
    jukeboxRole: false,
    shareRole: false,
    videoConversionRole: false,
    folder: libraries.map((library) => library.number),
  };
}
