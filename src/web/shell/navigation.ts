import type { Session } from '../../api/index.ts';
import type { Messages } from '../messages/en.ts';
import type { IconName } from '../parts/icon.tsx';

/** A page of the main navigation. */
export interface Destination {
  readonly to: string;
  readonly icon: IconName;
  readonly label: (messages: Messages) => string;
  /** Whom it is for; absent for all. */
  readonly isFor?: (session: Session) => boolean;
}

export const homeDestinations: readonly Destination[] = [
  { to: '/', icon: 'home', label: ({ nav }) => nav.home },
  { to: '/search', icon: 'search', label: ({ nav }) => nav.search },
];

export const libraryDestinations: readonly Destination[] = [
  { to: '/albums', icon: 'albums', label: ({ nav }) => nav.albums },
  { to: '/artists', icon: 'artists', label: ({ nav }) => nav.artists },
  { to: '/tracks', icon: 'tracks', label: ({ nav }) => nav.tracks },
  { to: '/genres', icon: 'genres', label: ({ nav }) => nav.genres },
  { to: '/folders', icon: 'folders', label: ({ nav }) => nav.folders },
];

export const ownDestinations: readonly Destination[] = [
  { to: '/favourites', icon: 'heart', label: ({ nav }) => nav.favourites },
  { to: '/playlists', icon: 'playlists', label: ({ nav }) => nav.playlists },
  { to: '/kept', icon: 'offline', label: ({ kept }) => kept.title },
  { to: '/add', icon: 'upload', label: ({ uploads }) => uploads.title, isFor: ({ mayUpload }) => mayUpload },
];

/** What explains Clef, and settings; below the others. */
export const systemDestinations: readonly Destination[] = [
  { to: '/matrix', icon: 'matrix', label: ({ matrix }) => matrix.title },
  { to: '/devices', icon: 'devices', label: ({ devices }) => devices.title },
  { to: '/settings', icon: 'settings', label: ({ settings }) => settings.title },
  {
    to: '/admin',
    icon: 'shield',
    label: ({ nav }) => nav.administration,
    isFor: ({ account }) => account.role === 'admin',
  },
];

/** The bar at the bottom of a phone holds these; the rest is behind "More". */
export const tabDestinations: readonly Destination[] = [
  ...homeDestinations,
  ...libraryDestinations.slice(0, 1),
  ...ownDestinations.slice(1, 2),
];

/** Those that are for whoever is signed in. */
export function destinationsFor(
  destinations: readonly Destination[],
  session: Session | undefined,
): readonly Destination[] {
  return destinations.filter(({ isFor }) => isFor === undefined || (session !== undefined && isFor(session)));
}
