export {
  type SubsonicAnswer,
  type SubsonicApi,
  type SubsonicDeps,
  type SubsonicRequest,
  createSubsonicApi,
} from './api.ts';
export { type NowPlaying, type NowPlayingEntry, createNowPlaying } from './now-playing.ts';
export { sendSubsonicFailure, subsonicRoutes } from './routes.ts';
