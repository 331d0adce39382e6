import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router';
import { basePath } from '../data/client.ts';
import { parseAlbumsSearch } from '../data/albums-search.ts';
import {
  albumQuery,
  artistLettersQuery,
  artistPageQuery,
  artistQuery,
  genresQuery,
  playlistQuery,
} from '../data/queries.ts';
import { requireSession } from '../data/session.ts';
import { Shell } from '../shell/shell.tsx';
import { PageCrash, Splash, UnknownPage } from './fallbacks.tsx';

interface RouterContext {
  readonly queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: UnknownPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { return?: string; ended?: boolean } => ({
    ...(typeof search.return === 'string' && { return: search.return }),
    ...(search.ended === true && { ended: true }),
  }),
  component: lazyRouteComponent(() => import('../pages/sign-in.tsx'), 'SignInPage'),
});

/** Everything for which one must be signed in. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: ({ context, location }) => requireSession(context.queryClient, location.href),
  component: Shell,
  pendingComponent: Splash,
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home.tsx'), 'HomePage'),
});

const albumsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/albums',
  validateSearch: parseAlbumsSearch,
  component: lazyRouteComponent(() => import('../pages/albums.tsx'), 'AlbumsPage'),
});
const albumRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/albums/$albumId',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(albumQuery(params.albumId)),
  component: lazyRouteComponent(() => import('../pages/album.tsx'), 'AlbumPage'),
});
const artistsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/artists',
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(artistLettersQuery);
    void context.queryClient.prefetchQuery(artistPageQuery(0));
  },
  component: lazyRouteComponent(() => import('../pages/artists.tsx'), 'ArtistsPage'),
});
const artistRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/artists/$artistId',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(artistQuery(params.artistId)),
  component: lazyRouteComponent(() => import('../pages/artist.tsx'), 'ArtistPage'),
});
const tracksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tracks',
  component: lazyRouteComponent(() => import('../pages/tracks.tsx'), 'TracksPage'),
});
const genresRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/genres',
  loader: ({ context }) => void context.queryClient.prefetchQuery(genresQuery),
  component: lazyRouteComponent(() => import('../pages/genres.tsx'), 'GenresPage'),
});
const genreRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/genres/$genre',
  component: lazyRouteComponent(() => import('../pages/genre.tsx'), 'GenrePage'),
});
const foldersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/folders',
  validateSearch: (search: Record<string, unknown>): { path?: string } =>
    typeof search.path === 'string' ? { path: search.path } : {},
  component: lazyRouteComponent(() => import('../pages/folders.tsx'), 'FoldersPage'),
});
const favouritesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/favourites',
  component: lazyRouteComponent(() => import('../pages/favourites.tsx'), 'FavouritesPage'),
});
const playlistsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/playlists',
  component: lazyRouteComponent(() => import('../pages/playlists.tsx'), 'PlaylistsPage'),
});
const playlistRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/playlists/$playlistId',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(playlistQuery(params.playlistId)),
  component: lazyRouteComponent(() => import('../pages/playlist.tsx'), 'PlaylistPage'),
});
const searchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/search',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    // A number that was typed comes back from the address as one.
    typeof search.q === 'string' || typeof search.q === 'number' ? { q: String(search.q) } : {},
  component: lazyRouteComponent(() => import('../pages/search.tsx'), 'SearchPage'),
});
const matrixRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/matrix',
  component: lazyRouteComponent(() => import('../pages/matrix.tsx'), 'MatrixPage'),
});
const trackMatrixRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/matrix/$trackId',
  component: lazyRouteComponent(() => import('../pages/track-matrix.tsx'), 'TrackMatrixPage'),
});

const nowRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/now',
  component: lazyRouteComponent(() => import('../panels/now-page.tsx'), 'NowPage'),
});
const keptRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/kept',
  component: lazyRouteComponent(() => import('../keeping/kept-page.tsx'), 'KeptPage'),
});
const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('../panels/settings-page.tsx'), 'SettingsPage'),
});
const devicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices',
  component: lazyRouteComponent(() => import('../panels/devices-page.tsx'), 'DevicesPage'),
});

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  component: lazyRouteComponent(() => import('../admin/admin-page.tsx'), 'AdminPage'),
});

const addMusicRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/add',
  component: lazyRouteComponent(() => import('../uploads/add-music-page.tsx'), 'AddMusicPage'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  shellRoute.addChildren([
    homeRoute,
    albumsRoute,
    albumRoute,
    artistsRoute,
    artistRoute,
    tracksRoute,
    genresRoute,
    genreRoute,
    foldersRoute,
    favouritesRoute,
    playlistsRoute,
    playlistRoute,
    searchRoute,
    nowRoute,
    keptRoute,
    settingsRoute,
    devicesRoute,
    matrixRoute,
    trackMatrixRoute,
    addMusicRoute,
    adminRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    ...(basePath && { basepath: basePath }),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: PageCrash,
    defaultPendingMs: 300,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
