import type { Decodable } from '../../api/reading.ts';
import type { EngineFault } from '../engine/port.ts';
import type { Device } from '../source/index.ts';

/** Below the path that Clef is served under, of nothing that a server answers: `sound/{account}/{track}`. */
export const SOUND = 'sound/';
/** The service worker of browsers that play by `<audio>`; the others have one without this part. */
export const SOUND_WORKER = 'sound-worker.js';

/** From the worker, with a port at which the page answers with `SoundKeys`. */
export interface KeysWanted {
  readonly kind: 'sound-keys-wanted';
  readonly accountId: string;
}

/** Held by the worker in memory alone, which ends with it: then it asks again. */
export interface SoundKeys {
  readonly basePath: string;
  readonly databaseName: string;
  /** Its private half is not extractable, here and there. */
  readonly device: Device;
  readonly decodable: readonly Decodable[];
}

/** From the worker: what keeps a track from being answered, or nothing any more. */
export interface SoundFault {
  readonly kind: 'sound-fault';
  readonly trackId: string;
  readonly fault: EngineFault | undefined;
}

/** From a page that was loaded past the worker. */
export interface ClaimWanted {
  readonly kind: 'claim-wanted';
}
