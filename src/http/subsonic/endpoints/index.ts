import type { CatalogAnnotations, CatalogReader } from '../../../catalog/index.ts';
import type { FoundReader, SearchIndex } from '../../../catalog/search/index.ts';
import type { Players } from '../../../playback/players/index.ts';
import type { Covers } from '../../covers/index.ts';
import type { AccountDirectory, ScanControl } from '../../ports.ts';
import type { Endpoints } from '../endpoint.ts';
import type { NowPlaying } from '../now-playing.ts';
import { albumListEndpoints } from './album-lists.ts';
import { annotationEndpoints } from './annotations.ts';
import { browsingEndpoints } from './browsing.ts';
import { emptyEndpoints } from './empty.ts';
import { infoEndpoints } from './info.ts';
import { lyricsEndpoints } from './lyrics.ts';
import { mediaEndpoints } from './media.ts';
import { playQueueEndpoints } from './play-queue.ts';
import { playbackEndpoints } from './playback.ts';
import { playlistEndpoints } from './playlists.ts';
import { searchEndpoints } from './search.ts';
import { systemEndpoints } from './system.ts';
import { trackListEndpoints } from './track-lists.ts';
import { userEndpoints } from './users.ts';

export { MEDIA_ENDPOINTS } from './media.ts';
export { openSubsonicExtensions } from './system.ts';

export interface EndpointDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly search: SearchIndex;
  readonly found: FoundReader;
  readonly covers: Covers;
  readonly accounts: AccountDirectory;
  readonly scan: ScanControl;
  readonly nowPlaying: NowPlaying;
  readonly players: Players;
  readonly now: () => number;
}

/** Every endpoint that asks for a sign-in. */
export function allEndpoints(deps: EndpointDeps): Endpoints {
  const { catalog, search, accounts, scan } = deps;
  return {
    ...systemEndpoints(scan),
    ...browsingEndpoints(deps),
    ...albumListEndpoints(catalog),
    ...trackListEndpoints(catalog),
    ...searchEndpoints(deps),
    ...playlistEndpoints({ catalog, accounts }),
    ...annotationEndpoints(deps),
    ...infoEndpoints(catalog),
    ...lyricsEndpoints(catalog, search),
    ...mediaEndpoints(deps),
    ...userEndpoints(catalog, accounts),
    ...playQueueEndpoints(deps),
    ...playbackEndpoints(deps),
    ...emptyEndpoints(),
  };
}
