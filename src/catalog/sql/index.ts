// What keeps rows beside the catalogue (accounts) uses these too: reads by `database.first/all` with prepared
// queries, writes in `database.transact((tx) => ...)` by `tx.put(table, wholeRow)` and `tx.remove(table, key)`,
// which write the outbox row in the same transaction. A new id is `tx.nextId(bucketOf(user))`, a new user's
// `tx.nextId(userBucket(nameKey))`; the audit trail lies in bucket 0. Nothing else is awaited inside `transact`,
// nor changed outside: the work may run again.
export { createSqlCatalog, type SqlCatalog, type SqlCatalogOptions } from './catalog.ts';
export { copyCatalog, type CopyOptions } from './copy-catalog.ts';
export { type ConnectOptions, Database, type OpenDatabaseOptions } from './database.ts';
export type { NewRow } from './dialect.ts';
export { userBucket } from './ids.ts';
export { librariesAt } from './libraries-at.ts';
export type { MysqlAddress } from './mysql/address.ts';
export { type Executor, type Param, type Prepared, prepared } from './prepared.ts';
export { isCatalogFile, leaveLog } from './sqlite/catalog-file.ts';
export type {
  AuditRow,
  CredentialRow,
  DeviceRow,
  PlaybackSessionRow,
  Schema,
  SessionRow,
  UserRow,
} from './schema.ts';
export { KeptPlays } from './plays/kept-plays.ts';
export type { CatalogTransaction } from './transaction.ts';
export {
  applyShards,
  type Doubts,
  evenMap,
  findInDoubt,
  moveBuckets,
  promoteReplica,
  type ReplicaState,
  settleInDoubt,
  type ShardServers,
  type ShardStatus,
  shardStatus,
} from './shards/index.ts';
