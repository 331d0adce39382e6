import type { CatalogAnnotations, CatalogReader, Starrable } from '../../../catalog/index.ts';
import { ClefError, isClefError, type TrackId, type UserId, wireId } from '../../../core/index.ts';
import type { Players } from '../../../playback/players/index.ts';
import { playerOf } from '../../players/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import type { NowPlaying } from '../now-playing.ts';
import {
  anyIdParam,
  booleanParam,
  idParams,
  integerParams,
  missing,
  nothingHasId,
  type Params,
  parseAnyId,
  requiredInteger,
  textParams,
} from '../params.ts';
import type { WireObject } from '../wire/index.ts';
import { starrable } from './starrable.ts';

/** A player that was without a network for long hands its plays in at once. */
const MAX_SCROBBLES = 500;
const MAX_TIME_MS = 8_640_000_000_000_000;
const RATINGS = [0, 1, 2, 3, 4, 5] as const;

export interface AnnotationDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly nowPlaying: NowPlaying;
  readonly players: Players;
  readonly now: () => number;
}

export function annotationEndpoints({ catalog, nowPlaying, players, now }: AnnotationDeps): Endpoints {
  async function scrobble(call: Call): Promise<WireObject> {
    const { account, params } = call;
    const trackIds = idParams(params, 'id', 'tr');
    if (trackIds.length === 0) throw missing('id');
    if (trackIds.length > MAX_SCROBBLES) {
      throw new ClefError('bad-request', `scrobble takes at most ${MAX_SCROBBLES} ids`);
    }
    const times = integerParams(params, 'time', { min: 0, max: MAX_TIME_MS });
    if (booleanParam(params, 'submission') === false) {
      const begun = (await catalog.tracks(trackIds, account.id)).at(-1);
      if (!begun) return {};
      const { id: trackId, durationMs } = begun;
      nowPlaying.report(
        { userId: account.id, userName: account.name, clientName: call.clientName, trackId },
        durationMs,
      );
      const item = { trackId: wireId('tr', trackId), durationMs };
      await players.begins(playerOf(account.id, call.clientName), item);
      return {};
    }
    if (!(await areKnown(trackIds, account.id))) throw nothingHasId();
    const nowMs = now();
    // Together, so that they share a transaction.
    const recorded = trackIds.map((trackId, index) =>
      // A clock that is ahead must not put a play into the future.
      catalog.recordPlay(account.id, trackId, Math.min(times[index] ?? nowMs, nowMs)),
    );
    await Promise.all(recorded);
    return {};
  }

  /** While nobody can tell, what is not there is forgotten when it is written. */
  async function areKnown(trackIds: readonly TrackId[], listener: UserId): Promise<boolean> {
    try {
      const known = new Set((await catalog.tracks(trackIds, listener)).map(({ id }) => id));
      return trackIds.every((id) => known.has(id));
    } catch (error) {
      if (!isClefError(error, 'catalog-offline')) throw error;
      return true;
    }
  }

  return {
    star: documentEndpoint(async ({ account, params }) => {
      await catalog.star(account.id, starredItems(params));
      return {};
    }),
    unstar: documentEndpoint(async ({ account, params }) => {
      await catalog.unstar(account.id, starredItems(params));
      return {};
    }),
    setRating: documentEndpoint(async ({ account, params }) => {
      const item = starrable(anyIdParam(params, 'id'));
      const wanted = requiredInteger(params, 'rating', { min: 0, max: 5 });
      const rating = RATINGS.find((candidate) => candidate === wanted) ?? 0;
      await catalog.rate(account.id, item, rating);
      return {};
    }),
    scrobble: documentEndpoint(scrobble),
  };
}

/** `id` may name a track, or an album or artist that the player knows as a folder. */
function starredItems(params: Params): readonly Starrable[] {
  const items: Starrable[] = [
    ...textParams(params, 'id').map((id) => starrable(parseAnyId(id))),
    ...idParams(params, 'albumId', 'al').map((id): Starrable => ({ kind: 'album', id })),
    ...idParams(params, 'artistId', 'ar').map((id): Starrable => ({ kind: 'artist', id })),
  ];
  if (items.length === 0) throw missing('id');
  return items;
}
