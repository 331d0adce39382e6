import { isIP } from 'node:net';
import * as v from 'valibot';
import type { BigipSite } from '../../edge/index.ts';

/** A certificate on the BIG-IP, or files of which the command takes it. */
export type CertificatePlace =
  | { readonly bigip: string; readonly key: string }
  | { readonly file: string; readonly key: string };

/** The table `[bigip]` of a cluster's file. */
export type BigipTable = Omit<BigipSite, 'certificate'> & { readonly certificate: CertificatePlace };

const MOST_ADDRESSES = 8;
const MOST_NAMES = 16;
/** What AS3 has beside the tenants of a declaration, and beside the applications of a tenant. */
const RESERVED = new Set([
  'class',
  'Common',
  'constants',
  'controls',
  'defaultRouteDomain',
  'enable',
  'id',
  'label',
  'optimisticLockKey',
  'remark',
  'schemaVersion',
  'scratch',
  'Shared',
  'target',
  'updateMode',
  'useCommonRouteDomainTenant',
  'verifiers',
]);

const folder = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z]\w{0,63}$/, 'it has letters, digits and underscores, a letter first'),
  v.check((name) => !RESERVED.has(name), 'AS3 has something of its own by that name'),
);
const address = v.pipe(
  v.string(),
  v.check((text) => isIP(text) !== 0, 'it is no address'),
);
const hostname = v.pipe(
  v.string(),
  v.regex(
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i,
    'it is no name of a host',
  ),
);
const onDevice = v.pipe(v.string(), v.regex(/^(?:\/[\w.-]+){2,}$/, 'it is /PARTITION/NAME'));
const syslog = v.pipe(
  v.string(),
  v.check((text) => parseSyslog(text) !== undefined, 'it is ADDRESS:PORT, or [IPV6]:PORT'),
  v.transform((text) => parseSyslog(text) as NonNullable<BigipSite['requestLog']>),
);

export const bigipSchema = v.pipe(
  v.strictObject({
    tenant: v.optional(folder, 'Clef'),
    application: v.optional(folder, 'music'),
    addresses: v.pipe(v.array(address), v.minLength(1), v.maxLength(MOST_ADDRESSES)),
    names: v.pipe(v.array(hostname), v.minLength(1), v.maxLength(MOST_NAMES)),
    certificate: v.union(
      [
        v.strictObject({ bigip: onDevice, key: onDevice }),
        v.strictObject({ file: v.string(), key: v.string() }),
      ],
      'it is { bigip = "/Common/NAME.crt", key = "/Common/NAME.key" }, or { file = "FILE", key = "FILE" }',
    ),
    members: v.optional(v.picklist(['fixed', 'event']), 'fixed'),
    base_path: v.optional(
      v.pipe(v.string(), v.regex(/^(?:\/[\w.~-]+)*$/, 'it begins with a slash, and does not end with one')),
      '',
    ),
    request_log: v.optional(syslog),
  }),
  v.transform(
    ({
      tenant,
      application,
      addresses,
      names,
      certificate,
      members,
      base_path,
      request_log,
    }): BigipTable => ({
      tenant,
      application,
      virtualAddresses: addresses,
      names,
      certificate,
      members,
      basePath: base_path,
      ...(request_log && { requestLog: request_log }),
    }),
  ),
);

function parseSyslog(text: string): BigipSite['requestLog'] {
  const { ipv6, ipv4, port } =
    /^(?:\[(?<ipv6>[^\]]+)\]|(?<ipv4>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  const host = ipv6 ?? ipv4 ?? '';
  const number = Number(port);
  return isIP(host) !== 0 && number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}
