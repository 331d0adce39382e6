export { type HttpDeps, type HttpSettings } from './app.ts';
export { type Covers, type PictureRenderer, PictureWorkerPool, createCovers } from './covers/index.ts';
export {
  type FailureAnswer,
  type MediaReader,
  type MediaTicket,
  type ServeOutcome,
  serveTicket,
  ticketFor,
} from './media/index.ts';
export type {
  AccountDirectory,
  MetricSample,
  MetricSource,
  ReadinessSource,
  ScanControl,
  ScanStatus,
} from './ports.ts';
export { type HttpServer, type HttpServerOptions, type ListenAddress, createHttpServer } from './server.ts';
export {
  type NowPlaying,
  type NowPlayingEntry,
  type SubsonicAnswer,
  type SubsonicApi,
  type SubsonicDeps,
  type SubsonicRequest,
  createNowPlaying,
  createSubsonicApi,
} from './subsonic/index.ts';
