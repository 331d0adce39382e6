export { type ApplyOptions, applyShards } from './apply.ts';
export { bucketTables } from './data-node.ts';
export type { BucketMap } from './bucket-map.ts';
export type { DataNode, ShardServers, SpiderNode } from './servers.ts';
export {
  type DoubtOptions,
  type Doubts,
  findInDoubt,
  type InDoubt,
  type Settlement,
  settleInDoubt,
} from './in-doubt.ts';
