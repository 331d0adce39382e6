export { nginxFiles } from './nginx/render.ts';
export type { EdgeSite, EdgeTls } from './nginx/site.ts';
export { type ClusterServer, type Membership, SERVER_NAME, type ServerState } from './membership.ts';
export {
  type MembershipNews,
  type MembershipSource,
  membershipOf,
  onlyChanges,
} from './membership-source.ts';
export {
  type ApplyToEdge,
  type EdgeFiles,
  type ProbeServer,
  watchEdge,
  type WatchEvent,
} from './watch.ts';
export { createReadyProbe } from './ready-probe.ts';
