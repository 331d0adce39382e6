export { type ApplyOptions, applyShards } from './apply.ts';
export { bucketTables } from './data-node.ts';
export { type BucketMap, evenMap } from './bucket-map.ts';
export { type Moved, type MoveOptions, moveBuckets } from './move.ts';
export { type Promotion, promoteReplica } from './promote.ts';
export { type ReplicaState, replicaState } from './replicas.ts';
export type { DataNode, ShardServers, SpiderNode } from './servers.ts';
export { type NodeStatus, type ShardStatus, shardStatus } from './status.ts';
export {
  type DoubtOptions,
  type Doubts,
  findInDoubt,
  type InDoubt,
  type Settlement,
  settleInDoubt,
} from './in-doubt.ts';
