import { adminRoutes } from './admin-routes.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { playRoutes } from './play-routes.ts';
import { playbackRoutes } from './playback-routes.ts';
import { playlistRoutes } from './playlist-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { uploadRoutes } from './upload-routes.ts';

export type {
  AdminAccount,
  AppPassword,
  CellHealth,
  ImportFindings,
  ImportProgress,
  NodeStatus,
} from './admin-routes.ts';
export {
  ApiError,
  type Call,
  type ClientOptions,
  createClient,
  createPartSender,
  type UploadPart,
} from './client.ts';
export { type ServerEvent, serverEvent } from './events.ts';
export { type Failure, failure } from './failure.ts';
export type { Album, Artist, Genre, Highlights, Lyrics, Playlist, Track } from './items.ts';
export {
  API_PATH,
  columnPath,
  CSRF_HEADER,
  OFFSET_HEADER,
  PLAYBACK_SOCKET_PATH,
  uploadPartPath,
  verifiedChunkPath,
} from './paths.ts';
export {
  type Decodable,
  type PlayAnswer,
  type PlayKeysPayload,
  type PlayLocation,
  type ReadyToPlay,
} from './play-routes.ts';
export type { PlaybackSession } from './playback-routes.ts';
export type { Access, CallInput, Method, Route, RouteAnswer, RouteInput } from './route.ts';
export type { Device, Session, SessionAccount } from './session-routes.ts';
export { type Upload, upload } from './upload-routes.ts';

/** Every operation below `/api/v1`. Changes are additive: a player of an older release goes on working. */
export const routes = {
  ...sessionRoutes,
  ...catalogRoutes,
  ...playlistRoutes,
  ...playRoutes,
  ...playbackRoutes,
  ...uploadRoutes,
  ...adminRoutes,
} as const;
