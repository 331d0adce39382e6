import type { QueryClient } from '@tanstack/react-query';
import { ApiError, routes, type Session, type SessionAccount } from '../../api/index.ts';
import { isLiked, setLiked } from '../data/annotations.ts';
import { basePath, call, callWhileLeaving, coverAddress } from '../data/client.ts';
import { withFreshSession } from '../data/fresh-session.ts';
import { listenToServer, onServerEvent } from '../data/events.ts';
import { deletePendingPlaylists } from '../data/playlist-deletions.ts';
import { sessionQuery } from '../data/queries.ts';
import type { Wording } from '../messages/language.ts';
import { forgetOwnDevice, registerDevice } from '../player/connect-engine.ts';
import { canDecodeHere } from '../player/engine-choice.ts';
import { yieldToOtherTabs } from '../player/other-tabs.ts';
import { countPlays } from '../player/play-counter.ts';
import type { Player } from '../player/player.ts';
import { keepPlayerSettings } from '../player/player-settings.ts';
import { keepQueue, restoreQueue } from '../player/saved-queue.ts';
import { showToSystem } from '../player/system-display.ts';
import { SOUND_WORKER } from '../service-worker/sound-protocol.ts';
import { tell } from '../shell/toasts.ts';
import { takeDrops } from '../uploads/drop-anywhere.ts';
import type { Door } from './door.ts';

export interface BackgroundParts {
  readonly queryClient: QueryClient;
  readonly player: Player;
  readonly wording: Wording;
  readonly door: Door;
  /** Goes to the page of what is being added. */
  readonly showUploads: () => void;
}

/** What runs beside the pages for as long as the window is open. Loaded after the first page. */
export function startBackground(parts: BackgroundParts): void {
  const { queryClient, player, wording, door, showUploads } = parts;
  keepPlayerSettings(player, localStorage);
  showToSystem(player, coverAddress);
  yieldToOtherTabs(player, new BroadcastChannel(`clef player ${basePath}`), () =>
    tell(wording.messages.told.playsInOtherTab),
  );
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
    player.pause();
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
  const begin = () => {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    if (session === undefined || session === known) return;
    known = session;
    listenToServer(queryClient);
    if (hasBegun) return;
    hasBegun = true;
    void enrol(session.account);
    const queueParts = {
      player,
      storage: localStorage,
      call,
      callWhileLeaving,
      now: Date.now,
      newId: () => crypto.randomUUID().slice(0, 8),
    };
    countPlays(player, call, Date.now);
    void restoreQueue(queueParts)
      .catch(() => undefined)
      .then(() => keepQueue(queueParts));
  };
  begin();
  queryClient.getQueryCache().subscribe(begin);
}
