import type { Decodable } from '../../api/index.ts';
import type { SoundLink } from '../element/index.ts';
import type { EngineFault } from '../engine/port.ts';
import {
  type ClaimWanted,
  type KeysWanted,
  SOUND,
  SOUND_WORKER,
  type SoundFault,
  type SoundKeys,
} from '../service-worker/sound-protocol.ts';
import type { Device } from '../source/index.ts';

/**
 * As `<audio>` is asked. WAV is not among them: neither is AIFF then, which has the same codec, and which few browsers
 * play; the server makes FLAC of both.
 */
const TYPES = [
  ['flac', 'audio/flac'],
  ['mp3', 'audio/mpeg'],
  ['aac', 'audio/mp4; codecs="mp4a.40.2"'],
  ['opus', 'audio/ogg; codecs="opus"'],
  ['vorbis', 'audio/ogg; codecs="vorbis"'],
] as const satisfies readonly (readonly [Decodable, string])[];

export interface SoundLinkOptions {
  readonly basePath: string;
  readonly accountId: string;
  readonly databaseName: string;
  readonly device: Device;
}

/** Waits until the worker stands between this page and the network. */
export async function openSoundLink(options: SoundLinkOptions): Promise<SoundLink> {
  const { basePath, accountId, databaseName, device } = options;
  const element = new Audio();
  const decodable = TYPES.flatMap(([codec, type]) => (element.canPlayType(type) === '' ? [] : [codec]));
  const keys: SoundKeys = { basePath, databaseName, device, decodable };
  const listeners = new Set<(trackId: string, fault: EngineFault | undefined) => void>();
  navigator.serviceWorker.addEventListener(
    'message',
    ({ data, ports }: MessageEvent<KeysWanted | SoundFault>) => {
      if (data.kind === 'sound-keys-wanted') {
        if (data.accountId === accountId) ports[0]?.postMessage(keys);
      } else if (data.kind === 'sound-fault')
        for (const listener of listeners) listener(data.trackId, data.fault);
    },
  );
  await controlled(`${basePath}/${SOUND_WORKER}`);
  return {
    address: (trackId) => `${basePath}/${SOUND}${accountId}/${trackId}`,
    onFault(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function controlled(script: string): Promise<void> {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register(script);
  const address = new URL(script, location.href).href;
  const isReady = () => serviceWorker.controller?.scriptURL === address;
  // A page that was loaded past its worker, by a hard reload, is not taken over without being asked.
  if (!isReady() && registration.active?.scriptURL === address)
    registration.active.postMessage({ kind: 'claim-wanted' } satisfies ClaimWanted, []);
  await new Promise<void>((resolve) => {
    const look = () => {
      if (!isReady()) return;
      serviceWorker.removeEventListener('controllerchange', look);
      resolve();
    };
    serviceWorker.addEventListener('controllerchange', look);
    look();
  });
}
