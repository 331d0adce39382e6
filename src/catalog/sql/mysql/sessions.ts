/** Circles of waiting between data nodes are seen by nobody, and end so. Less than `PROMPT_MS`: a row that another keeps is no server that hangs. */
export const LOCK_WAIT_SECONDS = 1;
/** How long people wait for a database that says nothing. */
export const PROMPT_MS = 1_900;
/** How long imports, walks and sums do, whose statements may take long: for longer than for any lock. */
export const PATIENT_MS = 10_000;
const PATIENT_LOCK_WAIT_SECONDS = 5;

/** Backslashes escape, which is what the client counts on; a text that is too long fails instead of being cut. */
const common = (lockWaitSeconds: number) => [
  'set names utf8mb4 collate utf8mb4_nopad_bin',
  "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  'set session transaction isolation level repeatable read',
  `set session innodb_lock_wait_timeout = ${lockWaitSeconds}`,
];

/** MariaDB manual, "Spider System Variables"; what each does here was seen in the data nodes' general log. */
const spider = (silenceSeconds: number) => ({
  // A data node that is gone is told of at once, and one that hangs is given up.
  spider_connect_timeout: 1,
  spider_connect_retry_count: 0,
  spider_net_read_timeout: silenceSeconds,
  spider_net_write_timeout: silenceSeconds,
  // Connections to data nodes outlive the session that made them.
  spider_conn_recycle_mode: 1,
  // Data nodes have these by themselves: each would be a round trip before a transaction.
  spider_sync_autocommit: 0,
  spider_sync_sql_mode: 0,
  spider_sync_trx_isolation: 0,
  // A list of keys is asked for by UNION ALL, not by a temporary table on the data node.
  spider_bka_mode: 0,
  spider_multi_split_read: 1_000,
  // REPLACE and ON DUPLICATE KEY UPDATE go as they are, many rows at once, not as three statements a row.
  spider_direct_dup_insert: 1,
  // Sums over a list of keys would be sent with an order by columns that are not asked for ("Unknown column"); those of one
  // bucket go to its data node all the same.
  spider_direct_aggregate: 0,
  // Statistics are for plans, which have one index to choose from here; to fetch them is a round trip to every data node.
  spider_sts_interval: 3_600,
  spider_crd_interval: 3_600,
});

/** For reads outside of transactions, each of which sees one statement's state: data nodes are asked side by side. */
const reads = {
  spider_internal_xa: 0,
  spider_bgs_mode: 1,
  // Spider ends each read by a COMMIT on its data node, a round trip, unless it has said itself that they commit by themselves.
  spider_sync_autocommit: 1,
  spider_semi_trx: 0,
};

/** Each data node takes part in a distributed transaction, and is asked in turn: rows are then locked in one order everywhere. */
const writes = {
  spider_internal_xa: 1,
  spider_bgs_mode: 0,
  // By connection and query. The numbers of both begin anew with Spider; a name that is still in doubt is refused, and another tried.
  spider_internal_xa_id_type: 1,
};

function settings(values: Readonly<Record<string, number>>): readonly string[] {
  const assignments = Object.entries(values).map(([name, value]) => `session ${name} = ${value}`);
  return [`set ${assignments.join(', ')}`];
}

/** What a connection is told before it is used. */
export interface Sessions {
  readonly plain: readonly string[];
  readonly spiderReads: readonly string[];
  readonly spiderWrites: readonly string[];
}

function sessionsOf(silenceMs: number, lockWaitSeconds: number): Sessions {
  const told = common(lockWaitSeconds);
  const ofSpider = spider(Math.ceil(silenceMs / 1_000));
  return {
    plain: told,
    spiderReads: [...told, ...settings({ ...ofSpider, ...reads })],
    spiderWrites: [...told, ...settings({ ...ofSpider, ...writes })],
  };
}

export const promptSessions = sessionsOf(PROMPT_MS, LOCK_WAIT_SECONDS);
export const patientSessions = sessionsOf(PATIENT_MS, PATIENT_LOCK_WAIT_SECONDS);

/** Of a Spider node: its tables lead to replicas, where nodes have one. */
export function replicasDatabase(database: string): string {
  return `${database}_replicas`;
}

/** Tables there that tell how far a node's primary and its replica are. */
export function positionTables(node: string): { readonly written: string; readonly applied: string } {
  return { written: `written_at_${node}`, applied: `applied_at_${node}` };
}
