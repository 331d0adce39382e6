import type { QueryClient } from '@tanstack/react-query';
import { ApiError, routes, type Session, type SessionAccount } from '../../api/index.ts';
import { isLiked, setLiked } from '../data/annotations.ts';
import { basePath, call, coverAddress } from '../data/client.ts';
import { withFreshSession } from '../data/fresh-session.ts';
import { listenToServer, onServerEvent } from '../data/events.ts';
import { deletePendingPlaylists } from '../data/playlist-deletions.ts';
import { accountHere } from '../data/known-account.ts';
import { sessionQuery } from '../data/queries.ts';
import type { Wording } from '../messages/language.ts';
import { connectEngine, forgetOwnDevice, registerDevice } from '../player/connect-engine.ts';
import { canDecodeHere } from '../player/engine-choice.ts';
import { countPlays } from '../player/play-counter.ts';
import type { Engine } from '../engine/port.ts';
import type { LocalPlayer } from '../player/player.ts';
import { keepPlayerSettings } from '../player/player-settings.ts';
import type { SwitchingPlayer } from '../player/switching-player.ts';
import type { TrackLengths } from '../player/track-lengths.ts';
import { showToSystem } from '../player/system-display.ts';
import { SOUND_WORKER } from '../service-worker/sound-protocol.ts';
import { tell } from '../shell/toasts.ts';
import { takeDrops } from '../uploads/drop-anywhere.ts';
import type { Door } from './door.ts';

/** What plays before there is a playback session, and the engine that both have. */
interface Beginning {
  readonly local: LocalPlayer;
  readonly connect: () => Promise<Engine>;
  readonly lengths: TrackLengths;
}

export interface BackgroundParts {
  readonly queryClient: QueryClient;
  readonly player: SwitchingPlayer;
  readonly beginning: Beginning;
  readonly newBeginning: () => Beginning;
  readonly wording: Wording;
  readonly door: Door;
  /** Goes to the page of what is being added. */
  readonly showUploads: () => void;
}

/** What runs beside the pages for as long as the window is open. Loaded after the first page. */
export function startBackground(parts: BackgroundParts): void {
  const { queryClient, player, newBeginning, wording, door, showUploads } = parts;
  keepPlayerSettings(player, localStorage);
  showToSystem(player, coverAddress);
  addEventListener('pagehide', deletePendingPlaylists);
  onServerEvent((event) => {
    if (event.kind === 'device-added') tell(wording.messages.told.deviceAdded(event.device.name));
    if (event.kind === 'device-revoked') void leaveIfOwn(event.deviceId);
    if (event.kind === 'session-ended') void queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
  });
  takeDrops({
    text: () => wording.messages.uploads.drop,
    mayUpload: () => queryClient.getQueryData(sessionQuery.queryKey)?.mayUpload ?? false,
    showUploads,
    nothingFound: () => tell(wording.messages.uploads.nothingFound),
  });
  document.addEventListener('clef-like', () => {
    const track = player.state.current?.track;
    if (track) void setLiked(queryClient, [track.id], !isLiked(track)).catch(() => undefined);
  });

  // The audio clock may start in a gesture alone, and the decoders want to be warm at the first click on a track.
  for (const gesture of ['pointerdown', 'keydown'] as const) {
    addEventListener(gesture, () => void player.warm().catch(() => undefined), { once: true, capture: true });
  }

  // So that the page opens without the server. Where it is refused, as in a private window, all else works.
  void canDecodeHere()
    .then((canDecode) => (canDecode ? 'service-worker.js' : SOUND_WORKER))
    .then((script) => navigator.serviceWorker?.register(`${basePath}/${script}`))
    .catch(() => undefined);

  // The rest asks as someone: it begins when somebody is signed in.
  let device: string | undefined;
  async function leaveIfOwn(deviceId: string): Promise<void> {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    if (deviceId !== device || !session) return;
    player.leave();
    await forgetOwnDevice(session.account);
    await door.leave();
  }

  /** Music stopped for want of a key: the session has ended, which asking for it shows, or the device was revoked. */
  async function findOutWhy(): Promise<void> {
    await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    const { devices } = await call(routes.devices, {});
    if (device !== undefined && !devices.some(({ id }) => id === device)) await leaveIfOwn(device);
  }
  let lastFault = player.state.fault;
  player.subscribe(() => {
    const { fault } = player.state;
    if (fault !== lastFault && fault?.kind === 'not-allowed') void findOutWhy().catch(() => undefined);
    lastFault = fault;
  });

  async function enrol(account: SessionAccount): Promise<void> {
    try {
      device = (await withFreshSession(() => registerDevice(account))).thumbprint;
    } catch (error) {
      // A new key, and the person would not give the password for it.
      if (error instanceof ApiError && error.status === 403) await door.leave();
    }
  }

  let hasBegun = false;
  let known: Session | undefined;
  let { beginning } = parts;
  let listener: string | undefined;

  async function join(account: SessionAccount): Promise<void> {
    if (listener === account.id) return;
    listener = account.id;
    const [{ joinSession }, { deviceName }] = await Promise.all([
      import('../session/index.ts'),
      import('../source/index.ts'),
    ]);
    await joinSession({
      ...beginning,
      connectBeside: () => connectEngine(account, beginning.lengths, { isBeside: true }),
      account,
      basePath,
      call,
      player,
      name: deviceName(navigator.userAgent),
      defaultName: wording.messages.sessions.main,
      settings: () => player.state.settings,
      onRefused: () => tell(wording.messages.sessions.refused),
      newLocal() {
        listener = undefined;
        beginning = newBeginning();
        return beginning.local;
      },
    });
  }

  const begin = () => {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    if (session === undefined || session === known) return;
    known = session;
    listenToServer(queryClient);
    void join(session.account);
    if (hasBegun) return;
    hasBegun = true;
    void enrol(session.account);
    countPlays(player, call, Date.now);
  };
  begin();
  queryClient.getQueryCache().subscribe(begin);
  // Without a server, whoever was here last goes on where they were.
  void accountHere(queryClient)
    .then(join)
    .catch(() => undefined);
}
