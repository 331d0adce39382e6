export type { Device } from './play-keys.ts';
export {
  type BrowserTrackSource,
  createTrackSource,
  type KeptTracks,
  type TrackAccess,
  type TrackSourceOptions,
} from './track-source.ts';
export { TrackFault } from './faults.ts';
