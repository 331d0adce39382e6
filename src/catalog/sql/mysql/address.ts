import type { PoolConnection } from 'mysql2';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  /** Servers that lead to the same rows, for when the first is away. */
  readonly others?: readonly { readonly host: string; readonly port: number }[];
  /** Repeats what is written there, and is read from. */
  readonly replica?: { readonly host: string; readonly port: number } | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Undefined: not encrypted. */
  readonly tls?: { readonly ca?: string } | undefined;
}

export interface PoolOptions {
  /** What each connection is told before it is used. */
  readonly session: readonly string[];
  /** A server that says nothing for so long is away. */
  readonly patienceMs: number;
  /** At once, of which ten are kept; default 10. */
  readonly connections?: number;
  /** Looks at a new connection; what it throws keeps that from being used. */
  readonly admit?: (connection: PoolConnection) => Promise<void>;
}
