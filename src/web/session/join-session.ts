import { API_PATH, type Call, PLAYBACK_SOCKET_PATH, routes, type SessionAccount } from '../../api/index.ts';
import type { Engine, EngineSettings } from '../engine/port.ts';
import type { LocalPlayer } from '../player/player.ts';
import type { SwitchingPlayer } from '../player/switching-player.ts';
import type { TrackLengths } from '../player/track-lengths.ts';
import { sessionHere } from './here.ts';
import { claimInstance, newInstanceId } from './instance.ts';
import { KnownTracks } from './known-tracks.ts';
import { MAIN_SESSION, SessionClient } from './session-client.ts';
import { createSessionPlayer } from './session-player.ts';
import { webSocketTo } from './socket.ts';
import { SocketAddresses } from './socket-addresses.ts';

export interface JoinOptions {
  readonly account: SessionAccount;
  readonly basePath: string;
  readonly call: Call;
  /** Of this device, for people, where nobody has given it another. */
  readonly name: string;
  /** Of a session to which nobody has given a name. */
  readonly defaultName: string;
  readonly player: SwitchingPlayer;
  readonly local: LocalPlayer;
  readonly connect: () => Promise<Engine>;
  /** A further engine each time. */
  readonly connectBeside: () => Promise<Engine>;
  readonly lengths: TrackLengths;
  readonly settings: () => EngineSettings;
  /** Plays for this page alone again, once it has left. */
  readonly newLocal: () => LocalPlayer;
  /** Something that was done here without a server did not fit any more when it was back. */
  readonly onRefused: () => void;
}

/** Whoever was refused at once saw it. */
const LATE_MS = 10_000;

/** Makes this page a device of the listener's playback session, with what it plays already. */
export async function joinSession(options: JoinOptions): Promise<void> {
  const { account, basePath, call, name, defaultName, player, local, connect } = options;
  const scope = `clef.playback ${basePath} ${account.id}`;
  const instance = await claimInstance({
    lasting: localStorage,
    ofTab: sessionStorage,
    locks: navigator.locks,
    newId: newInstanceId,
    scope,
  });
  const address = new URL(basePath + API_PATH + PLAYBACK_SOCKET_PATH, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const addresses = new SocketAddresses(address.href, Math.random());
  const sessionKey = `${scope} session`;
  const nameKey = `${scope} name`;
  const delayKey = `${scope} delay`;
  const latencyKey = () => `${scope} latency ${options.settings().outputDeviceId}`;
  const client = new SessionClient({
    instance,
    openSocket: (events) => webSocketTo(addresses.next())(events),
    async ticket() {
      const { ticket, sockets } = await call(routes.playbackTicket, {});
      addresses.name(sockets);
      return ticket;
    },
    name: localStorage.getItem(nameKey) ?? name,
    shelf: localStorage,
    scope,
    sessionId: sessionStorage.getItem(sessionKey) ?? MAIN_SESSION,
    defaultName,
    nowMs: () => performance.now(),
    timeOfDayMs: Date.now,
    random: Math.random,
    report: () => sessionPlayer.report(),
  });
  const tracks = new KnownTracks({
    call,
    shelf: localStorage,
    key: `${scope} tracks`,
    onChange: () => sessionPlayer.refresh(),
  });
  const leaving = new AbortController();
  const sessionPlayer = createSessionPlayer({
    client,
    tracks,
    connect,
    connectBeside: options.connectBeside,
    lengths: options.lengths,
    settings: options.settings(),
    random: Math.random,
    left: local.release(),
    delayMs: Number(localStorage.getItem(delayKey) ?? 0) || 0,
    onDelay: (delayMs) => localStorage.setItem(delayKey, String(delayMs)),
    latency: {
      get: () => Number(localStorage.getItem(latencyKey())) || undefined,
      set: (latencyMs) => localStorage.setItem(latencyKey(), latencyMs.toFixed(1)),
    },
    // Browsers that do not tell say nothing of it.
    hasBeenTouched: () => navigator.userActivation?.hasBeenActive ?? true,
    onLeave() {
      leaving.abort();
      player.become(options.newLocal());
      sessionPlayer[Symbol.dispose]();
      client[Symbol.dispose]();
      sessionHere.set(undefined);
    },
  });
  player.become(sessionPlayer);
  sessionHere.set({
    client,
    decks: sessionPlayer.decks,
    tracks,
    asOutput: () => sessionPlayer.asOutput(),
    rename(wanted) {
      localStorage.setItem(nameKey, wanted);
      client.rename(wanted);
    },
  });

  client.onRefused(({ afterMs }) => {
    if (afterMs > LATE_MS) options.onRefused();
  });

  const { signal } = leaving;
  let watched = client.sessionId;
  client.subscribe(() => {
    if (client.sessionId === watched) return;
    watched = client.sessionId;
    sessionStorage.setItem(sessionKey, watched);
  });
  addEventListener('pagehide', () => sessionPlayer.depart(), { signal });
  const wake = () => {
    tracks.again();
    client.wake();
  };
  addEventListener('online', wake, { signal });
  addEventListener('pageshow', wake, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') wake();
    },
    { signal },
  );
}
