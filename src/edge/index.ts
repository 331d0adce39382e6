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
export type { As3Declaration } from './as3/declaration.ts';
export type { Fault } from './as3/fault.ts';
export { eventNodes } from './as3/pools.ts';
export { findFaults } from './as3/references.ts';
export { renderAs3 } from './as3/render.ts';
export type { BigipCertificate, BigipSite } from './as3/site.ts';
