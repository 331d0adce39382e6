import { sql } from 'kysely';
import type { Server } from './server.ts';

/**
 * The name that a Spider node gives a distributed transaction, with `spider_internal_xa_id_type=1`: its thread and the query, in
 * hexadecimal digits, then the node's `server_id` (Spider's source, spd_trx.cc, `spider_internal_start_trx`).
 */
export interface Xid {
  readonly formatId: number;
  readonly gtrid: string;
  readonly bqual: string;
}

/** A row of `XA RECOVER`, or of Spider's own record. */
interface XidRow {
  readonly formatID: number;
  readonly gtrid_length: number;
  readonly bqual_length: number;
  readonly data: Uint8Array;
}

const QUERY_DIGITS = 16;

/** Undefined for one that no Spider node began. */
function xidOf({ formatID, gtrid_length, bqual_length, data: bytes }: XidRow): Xid | undefined {
  const data = new TextDecoder().decode(bytes);
  if (!/^[\da-f]+$/.test(data) || data.length !== gtrid_length + bqual_length) return undefined;
  if (gtrid_length <= QUERY_DIGITS || bqual_length === 0) return undefined;
  return { formatId: formatID, gtrid: data.slice(0, gtrid_length), bqual: data.slice(gtrid_length) };
}

export function threadOf({ gtrid }: Xid): number {
  return Number.parseInt(gtrid.slice(0, -QUERY_DIGITS), 16);
}

export function serverIdOf({ bqual }: Xid): number {
  return Number.parseInt(bqual, 16);
}

/** As statements take it. It is hexadecimal digits and a number. */
export function literalOf({ formatId, gtrid, bqual }: Xid): string {
  return `'${gtrid}','${bqual}',${formatId}`;
}

/** What a data node has prepared, whoever began it. */
export async function preparedAt(node: Server): Promise<readonly Xid[]> {
  const rows = await node.rows(sql<XidRow>`xa recover`);
  return rows.flatMap((row) => xidOf(row) ?? []);
}

export interface SpiderRecord {
  readonly xid: Xid;
  /** `NOT YET`, `PREPARED` once every data node has prepared it, `COMMIT` before the first is told to commit, `ROLLBACK`. */
  readonly status: string;
}

/** What a Spider node has noted of transactions that it has not ended: before it asks data nodes, and as soon as it decides. */
export async function recordsOf(spider: Server): Promise<readonly SpiderRecord[]> {
  const rows = await spider.rows(
    sql<XidRow & { readonly status: string }>`select format_id as formatID, gtrid_length, bqual_length,
      left(data, gtrid_length + bqual_length) as data, status from mysql.spider_xa`,
  );
  return rows.flatMap((row) => {
    const xid = xidOf(row);
    return xid ? [{ xid, status: row.status }] : [];
  });
}

/** Where the data nodes of a transaction are, as far as a Spider node has noted it. */
export async function membersOf(
  spider: Server,
  xid: Xid,
): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const rows = await spider.rows(
    sql<{ readonly host: string; readonly port: string }>`select host, port from mysql.spider_xa_member
      where ${isXid(xid)}`,
  );
  return rows.map(({ host, port }) => ({ host, port: Number(port) }));
}

export async function forget(spider: Server, xid: Xid): Promise<void> {
  await spider.run(sql`delete from mysql.spider_xa_member where ${isXid(xid)}`);
  await spider.run(sql`delete from mysql.spider_xa where ${isXid(xid)}`);
}

function isXid({ formatId, gtrid, bqual }: Xid) {
  return sql`format_id = ${formatId} and gtrid_length = ${gtrid.length} and bqual_length = ${bqual.length}
    and left(data, ${gtrid.length + bqual.length}) = ${gtrid + bqual}`;
}
