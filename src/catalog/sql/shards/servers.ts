import type { MysqlAddress } from '../mysql/address.ts';

/** One shard: a server of MariaDB with the rows of its buckets. */
export interface DataNode {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly primary: MysqlAddress;
  /** Repeats what the primary does, before that acknowledges it. */
  readonly replica?: MysqlAddress;
}

/** A server of MariaDB that keeps no rows of the catalogue, and hands each query on to the shards that it names. */
export interface SpiderNode {
  readonly name: string;
  readonly address: MysqlAddress;
}

/** The servers of a sharded catalogue, each with a user who may make tables and users. */
export interface ShardServers {
  readonly nodes: readonly DataNode[];
  readonly spiders: readonly SpiderNode[];
  /** Whom Clef signs in as at the Spider nodes. */
  readonly client: { readonly user: string; readonly password: string };
}
