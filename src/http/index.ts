export { createCovers, PictureWorkerPool } from './covers/index.ts';
export { createGatewayServer, type GatewayServer } from './gateway-server.ts';
export type { MediaReader } from './media/index.ts';
export type { Playable, Playables, SealedReader } from './play/index.ts';
export type { MediaCounter } from './media-counter.ts';
export type { TrackKeyFinder } from './media-worker/index.ts';
export { metricsText } from './native/index.ts';
export { firstQueue } from './players/index.ts';
export type {
  AccountDirectory,
  MayUpload,
  MetricSample,
  MetricSource,
  ReadinessSource,
  RunningScan,
  RepairRun,
  ScanControl,
  ScanFault,
  ScanFindings,
  ScanStatus,
  VaultPages,
} from './ports.ts';
export {
  type Activity,
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
  type ListenAddress,
  type SecureDoor,
} from './server.ts';
export { publicTicketKey } from './playback/index.ts';
export { createNowPlaying, type NowPlaying, type NowPlayingEntry } from './subsonic/index.ts';
export type { TrustSource } from './tls/index.ts';
