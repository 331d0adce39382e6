import type { CatalogAnnotations, CatalogReader } from '../../../catalog/index.ts';
import { ClefError, wireId } from '../../../core/index.ts';
import type { PlaybackReport, Players } from '../../../playback/players/index.ts';
import { accountOf, playerOf, trackOf } from '../../players/index.ts';
import type { AccountDirectory } from '../../ports.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { createListening } from '../listening.ts';
import type { NowPlaying } from '../now-playing.ts';
import {
  booleanParam,
  nothingHasId,
  numberParam,
  type Params,
  parseId,
  requiredInteger,
  requiredText,
} from '../params.ts';
import { nowPlayingEntry, type ShownPlaying, type WireObject } from '../wire/index.ts';

const MAX_POSITION_MS = 2 ** 40;
const STATES = ['starting', 'playing', 'paused', 'stopped'] as const;
/** As fast and as slow as a session goes. */
const RATES = { min: 0.5, max: 2 };

export interface PlaybackDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly accounts: AccountDirectory;
  readonly players: Players;
  readonly nowPlaying: NowPlaying;
  readonly now: () => number;
}

type Shown = ShownPlaying & { readonly trackId: string };

export function playbackEndpoints(deps: PlaybackDeps): Endpoints {
  const { catalog, accounts, players, nowPlaying, now } = deps;
  const listen = createListening(now);

  async function reportPlayback(call: Call): Promise<WireObject> {
    const { account, clientName, params } = call;
    const trackId = mediaId(params);
    const timeline = {
      state: stateParam(params),
      positionMs: requiredInteger(params, 'positionMs', { min: 0, max: MAX_POSITION_MS }),
      rate: numberParam(params, 'playbackRate', RATES) ?? 1,
    };
    const isUncounted = booleanParam(params, 'ignoreScrobble') ?? false;
    const [track] = await catalog.tracks([trackId], account.id);
    if (!track) throw nothingHasId();
    const { durationMs } = track;
    const who = { userId: account.id, userName: account.name, clientName };
    const { state, ...moving } = timeline;
    if (state === 'stopped') nowPlaying.end(who);
    else {
      const remainingMs = Math.max(0, durationMs - timeline.positionMs) / timeline.rate;
      nowPlaying.report({ ...who, trackId, timeline: { state, ...moving } }, remainingMs);
    }
    for (const play of listen({ ...who, ...timeline, trackId, durationMs, isUncounted }))
      await catalog.recordPlay(account.id, play.trackId, play.startedAtMs);
    await players.report(playerOf(account.id, clientName), {
      ...timeline,
      trackId: wireId('tr', trackId),
      durationMs,
    });
    return {};
  }

  /** What players say themselves, and what sessions play on outputs of other kinds. */
  async function shown(): Promise<readonly Shown[]> {
    const told = nowPlaying.entries().map(({ clientName, trackId, ...rest }) => ({
      ...rest,
      playerName: clientName,
      trackId: wireId('tr', trackId),
    }));
    const heard = await Promise.all(
      players
        .playing()
        .map(async ({ userId, outputId, name, trackId, positionMs, rate }): Promise<Shown[]> => {
          const account = accountOf(userId);
          const owner =
            account === undefined ? undefined : await accounts.get(account).catch(() => undefined);
          const playing = {
            playerName: name,
            playerNumber: nowPlaying.numberOf(outputId),
            trackId,
            sinceMs: now() - positionMs / rate,
            timeline: { state: 'playing', positionMs: 0, rate },
          };
          return owner ? [{ ...playing, userName: owner.name }] : [];
        }),
    );
    return [...heard.flat(), ...told];
  }

  return {
    reportPlayback: documentEndpoint(reportPlayback),
    getNowPlaying: documentEndpoint(async ({ account }): Promise<WireObject> => {
      const all = await shown();
      const ids = new Set(all.flatMap(({ trackId }) => trackOf(trackId) ?? []));
      const tracks = await catalog.tracks([...ids], account.id);
      const byId = new Map(tracks.map((track) => [wireId('tr', track.id), track]));
      const entry = all.flatMap((playing) => {
        const track = byId.get(playing.trackId);
        return track ? [nowPlayingEntry(track, playing, now())] : [];
      });
      return { nowPlaying: { entry } };
    }),
  };
}

/** Podcasts are none of Clef's, so that no id names one. */
function mediaId(params: Params) {
  const id = requiredText(params, 'mediaId');
  switch (requiredText(params, 'mediaType')) {
    case 'song':
      return parseId(id, 'tr');
    case 'podcast':
      throw nothingHasId();
    default:
      throw new ClefError('bad-request', 'mediaType must be song or podcast');
  }
}

function stateParam(params: Params): PlaybackReport['state'] {
  const text = requiredText(params, 'state');
  const state = STATES.find((one) => one === text);
  if (!state) throw new ClefError('bad-request', `state must be one of ${STATES.join(', ')}`);
  return state;
}
