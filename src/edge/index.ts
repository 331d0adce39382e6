export type { ClusterServer, Membership, ServerState } from './membership.ts';
