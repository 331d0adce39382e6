import * as fc from 'fast-check';
import type { BigipSite, ClusterServer, Membership } from '../../src/edge/index.ts';

/** One that has everything. */
export const bigipSite: BigipSite = {
  tenant: 'Clef',
  application: 'music',
  virtualAddresses: ['192.0.2.10', '2001:db8::10'],
  names: ['music.example.org', 'music.lan'],
  certificate: { kind: 'bigip', certificate: '/Common/music.crt', privateKey: '/Common/music.key' },
  members: 'fixed',
  basePath: '',
  requestLog: { host: '10.0.0.5', port: 514 },
};

/** One of each sort: by IPv4, by IPv6, by name. */
export const threeServers: Membership = {
  servers: [
    { name: 'one', host: '10.0.0.11', port: 4533, state: 'ready' },
    { name: 'three', host: 'three.example.org', port: 4533, state: 'ready' },
    { name: 'two', host: 'fd00::12', port: 4533, state: 'draining' },
  ],
};

const folder = fc.stringMatching(/^[A-Z][A-Za-z0-9_]{0,12}$/).filter((name) => name !== 'Common');
const hostname = fc.domain().filter((name) => name.length <= 200);
const host = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('.')),
  hostname,
);
const port = fc.integer({ min: 1, max: 65_535 });
const server = fc.record<Omit<ClusterServer, 'name'>>({
  host,
  port,
  state: fc.constantFrom('ready', 'draining'),
});

export const memberships: fc.Arbitrary<Membership> = fc
  .uniqueArray(server, {
    minLength: 1,
    maxLength: 8,
    selector: (one) => `${one.host.toLowerCase()} ${one.port}`,
  })
  .map((servers) => ({ servers: servers.map((one, i) => ({ name: `server-${i}`, ...one })) }));

export const bigipSites: fc.Arbitrary<BigipSite> = fc
  .record({
    tenant: folder,
    application: folder,
    virtualAddresses: fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 3 }),
    names: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3, selector: (name) => name.toLowerCase() }),
    certificate: fc.constantFrom<BigipSite['certificate']>(bigipSite.certificate, {
      kind: 'inline',
      certificate: '-----BEGIN CERTIFICATE-----\n',
      privateKey: '-----BEGIN PRIVATE KEY-----\n',
    }),
    members: fc.constantFrom<BigipSite['members']>('fixed', 'event'),
    basePath: fc.constantFrom('', '/clef', '/a/b-c.d~e'),
    requestLog: fc.option(fc.record({ host: fc.ipV4(), port }), { nil: undefined }),
  })
  .map(({ requestLog, ...site }) => ({ ...site, ...(requestLog && { requestLog }) }));
