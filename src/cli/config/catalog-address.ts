import { isIPv6 } from 'node:net';

/** A database that holds the catalogue, in place of a file of the data folder. */
export interface CatalogPlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** A file with user and password. */
  readonly keyFile: string;
  readonly tls: 'required' | 'off';
  /** Certificates of authorities; those that Node knows otherwise. */
  readonly caFile?: string;
}

const MYSQL_PORT = 3_306;
const PARAMETERS = new Set(['ca', 'key', 'tls']);
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const DATABASE = /^[A-Za-z0-9_$-]{1,64}$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Of `mysql://HOST[:PORT]/DATABASE?key=FILE[&ca=FILE][&tls=off]`; undefined for anything else. */
export function parseCatalog(text: string): CatalogPlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'mysql:' || url.username || url.password || !HOST.test(url.hostname))
    return undefined;
  const given = [...url.searchParams.keys()];
  if (given.some((name) => !PARAMETERS.has(name)) || new Set(given).size < given.length) return undefined;
  const { key, ca, tls } = Object.fromEntries(url.searchParams);
  const database = url.pathname.slice(1);
  if (!key || ca === '' || !DATABASE.test(database)) return undefined;
  if (tls !== undefined && tls !== 'required' && tls !== 'off') return undefined;
  if (ca !== undefined && tls === 'off') return undefined;
  const inBrackets = url.hostname.slice(1, -1);
  const host = isIPv6(inBrackets) ? inBrackets : url.hostname;
  return {
    host,
    port: url.port === '' ? MYSQL_PORT : Number(url.port),
    database,
    keyFile: key,
    // Nobody listens on this machine's own wire.
    tls: tls ?? (ca === undefined && LOOPBACK.test(host) ? 'off' : 'required'),
    ...(ca !== undefined && { caFile: ca }),
  };
}
