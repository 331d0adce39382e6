import { isIPv6 } from 'node:net';

/** A server of databases. */
export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

/** A database that holds the catalogue, in place of a file of the data folder. */
export interface CatalogPlace extends DatabaseHost {
  /** Servers that lead to the same rows, for when the first is away. */
  readonly others: readonly DatabaseHost[];
  /** Repeats what is written to the database, and is read from where it has all that was. */
  readonly replica?: DatabaseHost;
  readonly database: string;
  /** A file with user and password. */
  readonly keyFile: string;
  readonly tls: 'required' | 'off';
  /** Certificates of authorities; those that Node knows otherwise. */
  readonly caFile?: string;
}

const MYSQL_PORT = 3_306;
const MOST_HOSTS = 16;
const PARAMETERS = new Set(['ca', 'key', 'replica', 'tls']);
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const DATABASE = /^[A-Za-z0-9_$-]{1,64}$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Of `mysql://HOST[:PORT][,HOST[:PORT]…]/DATABASE?key=FILE[&replica=HOST[:PORT]][&ca=FILE][&tls=off]`; undefined for anything else. */
export function parseCatalog(text: string): CatalogPlace | undefined {
  const [, authorities = '', rest = ''] = /^mysql:\/\/([^/?#]*)(\/.*)$/.exec(text) ?? [];
  const urls = authorities
    .split(',')
    .map((authority) => `mysql://${authority}${rest}`)
    .map((one) => (URL.canParse(one) ? new URL(one) : undefined));
  const hosts = urls.map((url) => url && hostOf(url));
  const [url] = urls;
  const [first, ...others] = hosts.filter((host) => host !== undefined);
  if (!url || !first || others.length !== hosts.length - 1 || hosts.length > MOST_HOSTS) return undefined;
  const given = [...url.searchParams.keys()];
  if (given.some((name) => !PARAMETERS.has(name)) || new Set(given).size < given.length) return undefined;
  const { key, replica, ca, tls } = Object.fromEntries(url.searchParams);
  const database = url.pathname.slice(1);
  if (!key || ca === '' || !DATABASE.test(database)) return undefined;
  if (tls !== undefined && tls !== 'required' && tls !== 'off') return undefined;
  if (ca !== undefined && tls === 'off') return undefined;
  const copy = replica === undefined ? undefined : replicaOf(replica);
  if (replica !== undefined && copy === undefined) return undefined;
  // Nobody listens on this machine's own wire.
  const isNear = [first, ...others, ...(copy ? [copy] : [])].every(({ host }) => LOOPBACK.test(host));
  return {
    ...first,
    others,
    ...(copy && { replica: copy }),
    database,
    keyFile: key,
    tls: tls ?? (ca === undefined && isNear ? 'off' : 'required'),
    ...(ca !== undefined && { caFile: ca }),
  };
}

function replicaOf(authority: string): DatabaseHost | undefined {
  const text = `mysql://${authority}`;
  if (/[/?#]/.test(authority) || !URL.canParse(text)) return undefined;
  return hostOf(new URL(text));
}

function hostOf(url: URL): DatabaseHost | undefined {
  if (url.username || url.password || !HOST.test(url.hostname)) return undefined;
  const inBrackets = url.hostname.slice(1, -1);
  return {
    host: isIPv6(inBrackets) ? inBrackets : url.hostname,
    port: url.port === '' ? MYSQL_PORT : Number(url.port),
  };
}
