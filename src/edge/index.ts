export type { As3Declaration } from './as3/declaration.ts';
export type { Fault } from './as3/fault.ts';
export { eventNodes } from './as3/pools.ts';
export { findFaults } from './as3/references.ts';
export { renderAs3 } from './as3/render.ts';
export type { BigipCertificate, BigipSite } from './as3/site.ts';
export type { ClusterServer, Membership, ServerState } from './membership.ts';
