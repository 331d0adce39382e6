import * as v from 'valibot';
import type { Policy } from '../../core/index.ts';
import { type CatalogPlace, parseCatalog } from './catalog-address.ts';
import { SERVER_NAME } from '../../edge/index.ts';
import { type NatsAddress, parseNatsAddress } from '../../nats/index.ts';
import type { S3Address } from '../../vault/nodes/s3/address.ts';
import { parseShare, type SharePlace } from './share-address.ts';
import { isAddressOrNetwork } from './networks.ts';

/** Where the server's own private keys lie, and what opens them. */
export type ServerKeySetting =
  | { readonly kind: 'file'; readonly path?: string }
  | { readonly kind: 'passphrase'; readonly path?: string }
  | { readonly kind: 'credential'; readonly name: string };

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export type NodeEntry = (
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly address: S3Address; readonly keyFile: string }
  | ({ readonly kind: 'smb' } & SharePlace)
) & {
  /** Nodes of one failure domain are lost together; undefined means "the disk it lies on", or "its host". */
  readonly failureDomain?: string;
  /** Its share of the columns, relative to the others'; undefined means "by what it can hold". */
  readonly weight?: number;
  /** Reads and writes of one process together; undefined: as fast as it is. */
  readonly bytesPerSecond?: number;
};

/** One row of the documented table: docs/operations.md holds the same, and a test compares the two. */
export interface Setting<
  Schema extends v.GenericSchema<string, unknown>,
  Fallback extends string | undefined,
> {
  /** Name in the environment; in the configuration file it is lower case, without `CLEF_`. */
  readonly env: `CLEF_${string}`;
  readonly fallback: Fallback;
  readonly meaning: string;
  readonly schema: Schema;
  /** Never printed, not even in a fault. */
  readonly secret?: true;
}

function setting<Schema extends v.GenericSchema<string, unknown>, const Fallback extends string | undefined>(
  row: Setting<Schema, Fallback>,
): Setting<Schema, Fallback> {
  return row;
}

const text = v.pipe(v.string(), v.minLength(1, 'must not be empty'));

function oneOf<const Options extends readonly string[]>(...options: Options) {
  return v.picklist(options, `must be one of ${options.join(', ')}`);
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

const LISTEN = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9.-]+)):(?<port>\d{1,5})$/;

const listen = v.pipe(
  v.string(),
  v.check(
    (value) => parseListen(value) !== undefined,
    'must be HOST:PORT, for instance 127.0.0.1:4533 or [::1]:4533',
  ),
  v.transform((value) => parseListen(value) as ListenAddress),
);

function parseListen(value: string): ListenAddress | undefined {
  const groups = LISTEN.exec(value)?.groups;
  const host = groups?.six ?? groups?.host;
  const port = Number(groups?.port);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

const serverName = v.pipe(
  v.string(),
  v.regex(SERVER_NAME, 'must have small letters, digits and dashes, 20 at most'),
);

const clusterAddress = v.pipe(
  v.string(),
  v.check(
    (value) => (parseListen(value)?.port ?? 0) > 0,
    'must be HOST:PORT, for instance 10.0.0.11:4533 or [2001:db8::1]:4533',
  ),
  v.transform((value) => parseListen(value) as ListenAddress),
);

const baseUrl = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  }, 'must be an http or https URL without query, for instance https://music.example.org/clef'),
  v.transform((value) => value.replace(/\/+$/, '')),
);

const POLICY = /^([1-9]\d?)\+(\d{1,2})$/;

const policy = v.pipe(
  v.string(),
  v.check((value) => {
    const match = POLICY.exec(value);
    return match !== null && Number(match[1]) + Number(match[2]) <= 32;
  }, 'must be DATA+PARITY with at most 32 columns, for instance 1+0, 2+1 or 4+2'),
  v.transform((value): Policy => {
    const [k = 1, m = 0] = value.split('+').map(Number);
    return { k, m };
  }),
);

const serverKey = v.pipe(
  v.string(),
  v.check(
    (value) => parseServerKey(value) !== undefined,
    'must be file[:PATH], passphrase[:PATH] or credential:NAME',
  ),
  v.transform((value) => parseServerKey(value) as ServerKeySetting),
);

function parseServerKey(value: string): ServerKeySetting | undefined {
  const colon = value.indexOf(':');
  const kind = colon < 0 ? value : value.slice(0, colon);
  const rest = colon < 0 ? '' : value.slice(colon + 1);
  if (kind === 'credential') return /^[\w.-]+$/.test(rest) ? { kind, name: rest } : undefined;
  if (kind !== 'file' && kind !== 'passphrase') return undefined;
  return rest === '' ? { kind } : { kind, path: rest };
}

const catalogPlace = v.pipe(
  v.string(),
  v.check(
    (value) => parseCatalog(value) !== undefined,
    'must be mysql://HOST[:PORT][,HOST[:PORT]…]/DATABASE?key=FILE[&ca=FILE][&tls=off]',
  ),
  v.transform((value) => parseCatalog(value) as CatalogPlace),
);

const natsAddress = v.pipe(
  v.string(),
  v.check(
    (value) => parseNatsAddress(value) !== undefined,
    'must be nats://[USER:PASSWORD@]HOST:PORT, or several separated by commas',
  ),
  v.transform((value) => parseNatsAddress(value) as NatsAddress),
);

/** What a gateway knows of its library. */
export interface GatewayKey {
  readonly libraryId: string;
  /** Of whom makes tickets: 32 bytes, base64url. */
  readonly publicKey: string;
}

const GATEWAY_KEY = /^(?<library>[0-9a-f]{32})\.(?<key>[\w-]{43})$/;

const gatewayKey = v.pipe(
  v.string(),
  v.check((value) => parseGatewayKey(value) !== undefined, 'must be what `clef keys gateway` prints'),
  v.transform((value) => parseGatewayKey(value) as GatewayKey),
);

function parseGatewayKey(value: string): GatewayKey | undefined {
  const { library, key } = GATEWAY_KEY.exec(value)?.groups ?? {};
  return library !== undefined && key !== undefined ? { libraryId: library, publicKey: key } : undefined;
}

const gateways = v.pipe(
  v.string(),
  v.transform((value) => value.split(',').map((part) => part.trim().replace(/\/+$/, ''))),
  v.transform((parts) => parts.filter((part) => part !== '')),
  v.check(
    (parts) => parts.every(isGateway),
    'must be wss:// or ws:// addresses separated by commas, for instance wss://one.example.org',
  ),
);

function isGateway(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^wss?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
}

/** What may follow a place, each once: `#domain=NAME`, `#weight=NUMBER` and `#rate=MIB_A_SECOND`. */
const NODE_FRAGMENT =
  /#(?:domain=(?<domain>[A-Za-z0-9][\w.:-]{0,63})|(?<number>weight|rate)=(?<value>(?=.*[1-9])\d{1,6}(?:\.\d{1,3})?))$/;

const nodes = v.pipe(
  v.string(),
  v.check(
    (value) => parseNodes(value) !== undefined,
    'must be folders, shares (smb://HOST/SHARE/PATH?key=FILE) or buckets (s3://BUCKET/PREFIX?endpoint=URL&key=FILE) separated by commas, each optionally followed by #domain=NAME, #weight=NUMBER and #rate=MIB',
  ),
  v.transform((value) => parseNodes(value) as readonly NodeEntry[]),
);

function parseNodes(value: string): readonly NodeEntry[] | undefined {
  const entries: NodeEntry[] = [];
  const places = new Set<string>();
  for (const part of value.split(',').map((entry) => entry.trim())) {
    const { place, failureDomain, weight, rate } = withoutFragments(part);
    const entry = parsePlace(place);
    if (!entry || place.includes('#') || places.has(place)) return undefined;
    places.add(place);
    entries.push({
      ...entry,
      ...(failureDomain !== undefined && { failureDomain }),
      ...(weight !== undefined && { weight }),
      ...(rate !== undefined && { bytesPerSecond: rate * 2 ** 20 }),
    });
  }
  return entries;
}

function parsePlace(text: string): NodeEntry | undefined {
  if (text.startsWith('s3://')) return parseBucket(text);
  if (!text.startsWith('smb://')) return parseFolder(text);
  const share = parseShare(text);
  return share && { kind: 'smb', ...share };
}

interface NodeFragments {
  readonly place: string;
  readonly failureDomain?: string | undefined;
  readonly weight?: number | undefined;
  readonly rate?: number | undefined;
}

function withoutFragments(part: string): NodeFragments {
  const { index, groups } = NODE_FRAGMENT.exec(part) ?? {};
  if (!groups) return { place: part };
  const rest = withoutFragments(part.slice(0, index));
  const { domain, number, value } = groups;
  const name = domain === undefined ? (number === 'weight' ? 'weight' : 'rate') : 'failureDomain';
  // A name that is said twice leaves a `#`, which is refused.
  if (rest[name] !== undefined) return { place: part };
  return { ...rest, [name]: domain ?? Number(value) };
}

function parseFolder(path: string): NodeEntry | undefined {
  return path === '' || /^[a-z0-9]+:\/\//.test(path) ? undefined : { kind: 'directory', path };
}

/** Amazon S3 User Guide, bucket naming rules. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const BUCKET_PREFIX = /^(?:[A-Za-z0-9._-]+\/)*$/;
const BUCKET_PARAMETERS = new Set(['endpoint', 'key', 'region', 'style']);

function parseBucket(text: string): NodeEntry | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username || url.port) return undefined;
  const given = [...url.searchParams.keys()];
  const { endpoint, key, region = 'us-east-1', style = 'path' } = Object.fromEntries(url.searchParams);
  const folder = url.pathname.replace(/^\/+/, '');
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  if (!BUCKET.test(url.hostname) || !BUCKET_PREFIX.test(prefix) || key === undefined || key === '')
    return undefined;
  if (given.some((name) => !BUCKET_PARAMETERS.has(name)) || (style !== 'path' && style !== 'virtual'))
    return undefined;
  if (endpoint === undefined || !v.is(baseUrl, endpoint) || !/^[\w-]{1,64}$/.test(region)) return undefined;
  const address = {
    endpoint: v.parse(baseUrl, endpoint),
    bucket: url.hostname,
    prefix,
    region,
    style,
  } as const;
  return { kind: 's3', address, keyFile: key };
}

const addressList = v.pipe(
  v.string(),
  v.transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
  v.check(
    (list) => list.every((part) => part === 'loopback' || isAddressOrNetwork(part)),
    'must be addresses or networks separated by commas, for instance 10.0.0.0/8, or loopback',
  ),
);

const pathList = v.pipe(
  v.string(),
  v.transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
);

export const settings = {
  data: setting({
    env: 'CLEF_DATA',
    fallback: undefined,
    meaning:
      "Folder for keys, catalogue and, unless told otherwise, the vault. Default: `clef` in the user's data folder.",
    schema: text,
  }),
  music: setting({
    env: 'CLEF_MUSIC',
    fallback: '',
    meaning:
      'Music folders to import at start, separated by commas, or shares as `smb://HOST[:PORT]/SHARE/PATH?key=FILE`; those named on the command line are added.',
    schema: pathList,
  }),
  scanMinutes: setting({
    env: 'CLEF_SCAN_MINUTES',
    fallback: '15',
    meaning:
      "Minutes between two looks at all of a source that is on a share; a source on this machine's own disks is watched, and looked through twelve times less often. 0: Clef looks only when asked.",
    schema: wholeNumber(0, 10_080),
  }),
  listen: setting({
    env: 'CLEF_LISTEN',
    fallback: '127.0.0.1:4533',
    meaning: 'Address and port to listen on.',
    schema: listen,
  }),
  tlsListen: setting({
    env: 'CLEF_TLS_LISTEN',
    fallback: '0.0.0.0:4534',
    meaning: 'Address and port for HTTPS; used once `clef tls init` or `clef tls acme` made a certificate.',
    schema: listen,
  }),
  acmeListen: setting({
    env: 'CLEF_ACME_LISTEN',
    fallback: '0.0.0.0:80',
    meaning:
      'Where a public certificate authority finds its answer while `clef tls acme` or a renewal is under way: port 80 of the name, or what it is forwarded to.',
    schema: listen,
  }),
  baseUrl: setting({
    env: 'CLEF_BASE_URL',
    fallback: undefined,
    meaning: 'Address that players use, with a sub-path where a proxy serves Clef under one.',
    schema: baseUrl,
  }),
  trustedProxies: setting({
    env: 'CLEF_TRUSTED_PROXIES',
    fallback: '',
    meaning: 'Addresses or networks whose X-Forwarded headers are believed.',
    schema: addressList,
  }),
  serverKey: setting({
    env: 'CLEF_SERVER_KEY',
    fallback: 'file',
    meaning:
      "Where the server's private keys lie: `file[:PATH]` (0600), `passphrase[:PATH]` (asked at start) or `credential:NAME` (systemd).",
    schema: serverKey,
  }),
  serverPassphrase: setting({
    env: 'CLEF_SERVER_PASSPHRASE',
    fallback: undefined,
    meaning: 'Opens a `passphrase` server key without asking.',
    schema: text,
    secret: true,
  }),
  catalog: setting({
    env: 'CLEF_CATALOG',
    fallback: undefined,
    meaning:
      'A MariaDB database that holds the catalogue, in place of a file of the data folder, and the servers that lead to it: `mysql://HOST[:PORT][,HOST[:PORT]…]/DATABASE?key=FILE[&replica=HOST[:PORT]][&ca=FILE][&tls=off]`. A replica is read from where it has what was written. The file has two lines, `user = "…"` and `password = "…"`.',
    schema: catalogPlace,
  }),
  nats: setting({
    env: 'CLEF_NATS',
    fallback: undefined,
    meaning:
      'NATS servers that keep playback sessions, in place of a file: `nats://[USER:PASSWORD@]HOST:PORT`, separated by commas; `tls://` for TLS.',
    schema: natsAddress,
    secret: true,
  }),
  serverName: setting({
    env: 'CLEF_SERVER_NAME',
    fallback: undefined,
    meaning:
      'Name of this server among the servers of a cluster: small letters, digits and dashes, 20 at most. Default: `clef-` and the beginning of its id.',
    schema: serverName,
  }),
  clusterAddress: setting({
    env: 'CLEF_CLUSTER_ADDRESS',
    fallback: undefined,
    meaning:
      'Where edges reach this server, `HOST:PORT`: with `CLEF_NATS` it announces itself there, and a stop first gives edges the time to turn away.',
    schema: clusterAddress,
  }),
  gateways: setting({
    env: 'CLEF_GATEWAYS',
    fallback: '',
    meaning:
      'Addresses of gateways (`clef gateway`) where devices go for playback sessions, in place of this server: `wss://HOST[:PORT][/PATH]`, separated by commas. Needs `CLEF_NATS`.',
    schema: gateways,
  }),
  gatewayKey: setting({
    env: 'CLEF_GATEWAY_KEY',
    fallback: undefined,
    meaning:
      'For `clef gateway`: what `clef keys gateway` prints on the server. It checks tickets, and makes none.',
    schema: gatewayKey,
  }),
  devicesAnAccount: setting({
    env: 'CLEF_DEVICES_AN_ACCOUNT',
    fallback: '64',
    meaning:
      'Pages and speakers of one account that may be in playback sessions at a time; of more, the one that came first goes.',
    schema: wholeNumber(1, 32_768),
  }),
  nodes: setting({
    env: 'CLEF_NODES',
    fallback: undefined,
    meaning:
      'Storage nodes, separated by commas: folders, shares as `smb://HOST[:PORT]/SHARE/PATH?key=FILE`, or buckets as `s3://BUCKET/PREFIX?endpoint=URL&key=FILE`; `#domain=NAME` after one names its failure domain (default: its disk, or its host), `#weight=NUMBER` its share of the columns (default: by its size), `#rate=NUMBER` the MiB a second that each process of Clef reads and writes there at most. Default: `vault` in the data folder.',
    schema: nodes,
  }),
  policy: setting({
    env: 'CLEF_POLICY',
    fallback: undefined,
    meaning:
      'Data and parity columns of new assets, `k+m`. Default: 1+0 on one node; 2+1 is suggested on three, 4+2 on six.',
    schema: policy,
  }),
  write: setting({
    env: 'CLEF_WRITE',
    fallback: 'degraded',
    meaning:
      '`strict` refuses to import while fewer than k+m failure domains are reachable; `degraded` repairs later.',
    schema: oneOf('degraded', 'strict'),
  }),
  padding: setting({
    env: 'CLEF_PADDING',
    fallback: 'padme',
    meaning: '`padme` hides exact sizes at about 1.2 % more space; `none` shows them to the nodes.',
    schema: oneOf('padme', 'none'),
  }),
  scrub: setting({
    env: 'CLEF_SCRUB',
    fallback: '64',
    meaning:
      'How much a running server reads of the nodes in a day, in GiB, to find damage before a listener does; 0 turns it off.',
    schema: wholeNumber(0, 1_000_000),
  }),
  uploads: setting({
    env: 'CLEF_UPLOADS',
    fallback: 'administrators',
    meaning:
      'Who may add music from the web player: `administrators`, `everyone` with an account, or `nobody`.',
    schema: oneOf('administrators', 'everyone', 'nobody'),
  }),
  hotCache: setting({
    env: 'CLEF_HOT_CACHE_MIB',
    fallback: '32',
    meaning: 'Memory for decrypted chunks that are asked for often, in MiB a process; 0 turns it off.',
    schema: wholeNumber(0, 65_536),
  }),
  workers: setting({
    env: 'CLEF_WORKERS',
    fallback: 'auto',
    meaning:
      'Media worker processes that send bytes in place of the main one; `auto` is one for each core over two, 4 at most.',
    schema: v.union([v.literal('auto'), wholeNumber(0, 256)], 'must be auto or a whole number from 0 to 256'),
  }),
  logLevel: setting({
    env: 'CLEF_LOG_LEVEL',
    fallback: 'auto',
    meaning: 'Least level that is logged; `auto` is `info`, and `warn` on a terminal.',
    schema: oneOf('auto', 'debug', 'info', 'warn', 'error', 'silent'),
  }),
  metricsToken: setting({
    env: 'CLEF_METRICS_TOKEN',
    fallback: undefined,
    meaning: 'Bearer token that opens /metrics to others than loopback.',
    schema: v.pipe(v.string(), v.minLength(16, 'must have at least 16 characters')),
    secret: true,
  }),
  adminPassword: setting({
    env: 'CLEF_ADMIN_PASSWORD',
    fallback: undefined,
    meaning:
      'Password of the first administrator, `admin`; generated where it is not set. Read at the first start only.',
    schema: v.pipe(v.string(), v.minLength(8, 'must have at least 8 characters')),
    secret: true,
  }),
  apiKey: setting({
    env: 'CLEF_API_KEY',
    fallback: undefined,
    meaning:
      'API key that `clef speaker` signs in with; asked for on a terminal where neither it nor `--key-file` is given.',
    schema: text,
    secret: true,
  }),
  drillDays: setting({
    env: 'CLEF_DRILL_DAYS',
    fallback: '90',
    meaning:
      'Days after which Clef reminds of `clef keys drill`, the proof that the recovery kit works; 0 never does.',
    schema: wholeNumber(0, 3_650),
  }),
  recoveryPassphrase: setting({
    env: 'CLEF_RECOVERY_PASSPHRASE',
    fallback: undefined,
    meaning: 'Passphrase of the recovery kit; asked for or generated where it is not set.',
    schema: text,
    secret: true,
  }),
} as const;

export type SettingName = keyof typeof settings;
