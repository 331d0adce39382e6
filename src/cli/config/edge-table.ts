import * as v from 'valibot';
import type { EdgeSite } from '../../edge/index.ts';
import { isAddressOrNetwork } from './networks.ts';

const MOST_NAMES = 32;
const MOST_PROXIES = 64;
const MOST_CACHE_MIB = 2 ** 24;
/** What may stand in a configuration of NGINX as it is. */
const path = v.pipe(
  v.string(),
  v.regex(/^\/[\w./@+-]*$/, 'a path begins with a slash, and has letters, digits and ._@+- alone'),
);
const listen = v.pipe(
  v.string(),
  v.regex(/^(?:\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'it listens at ADDRESS:PORT, or [IPV6]:PORT'),
);
const network = v.pipe(v.string(), v.check(isAddressOrNetwork, 'a trusted proxy is an address or a network'));
const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
/** The table `[edge]` of a cluster's file. */
export const edgeSchema = v.pipe(
  v.strictObject({
    names: v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/i, 'a name is that of a host'))),
      v.minLength(1),
      v.maxLength(MOST_NAMES),
    ),
    listen,
    certificate: v.optional(path),
    key: v.optional(path),
    redirect_from: v.optional(listen),
    path: v.optional(v.pipe(v.string(), v.regex(/^(?:\/[\w.-]+)*$/, 'a path has no slash at its end')), ''),
    folder: path,
    modules: v.optional(path, '/usr/lib/nginx/modules'),
    resolver: v.optional(
      v.pipe(v.string(), v.regex(/^(?:\[[0-9a-f:.]+\]|[\d.]+)(?::\d{1,5})?$/i, 'a resolver is an address')),
    ),
    user: v.optional(v.pipe(v.string(), v.regex(/^[a-z_][\w-]*$/, 'a user is named as the system names it'))),
    cache_mib: v.optional(count(MOST_CACHE_MIB), 10_240),
    trusted_proxies: v.optional(v.pipe(v.array(network), v.maxLength(MOST_PROXIES)), []),
    connections_an_address: v.optional(count(65_535), 200),
  }),
  v.check(
    ({ certificate, key }) => (certificate === undefined) === (key === undefined),
    'a certificate goes with its key',
  ),
  v.check(
    ({ certificate, redirect_from: from }) => from === undefined || certificate !== undefined,
    'without a certificate there is nothing to redirect to',
  ),
  v.transform(
    ({ certificate, key, redirect_from: redirectFrom, path: basePath, ...edge }): EdgeSite => ({
      names: edge.names,
      listen: edge.listen,
      basePath,
      folder: edge.folder,
      modules: edge.modules,
      ...(edge.user !== undefined && { user: edge.user }),
      ...(edge.resolver !== undefined && { resolver: edge.resolver }),
      ...(edge.trusted_proxies.length > 0 && { trustedProxies: edge.trusted_proxies }),
      cacheMib: edge.cache_mib,
      connectionsAnAddress: edge.connections_an_address,
      ...(certificate !== undefined &&
        key !== undefined && {
          tls: { certificate, key, ...(redirectFrom !== undefined && { redirectFrom }) },
        }),
    }),
  ),
);
