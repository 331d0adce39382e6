export { backoffMs, browserClock, type SourceClock } from './clock.ts';
export { databaseName, type DeviceDatabase, openDeviceDatabase } from './database.ts';
export { whatDecodes } from './decodable.ts';
export { type DevicePublicKey, ensureDevice, forgetDevice, knownDevice } from './device-key.ts';
export { deviceName } from './device-name.ts';
export { TrackFault } from './faults.ts';
export type { Device } from './play-keys.ts';
export {
  type BrowserTrackSource,
  createTrackSource,
  type KeptTracks,
  type OpenedFile,
  type TrackAccess,
  type TrackSourceOptions,
} from './track-source.ts';
