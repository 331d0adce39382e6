import { expect, it } from 'vitest';
import { parseClusterFile } from './cluster-file.ts';

const SERVER = '[[server]]\nname = "one"\naddress = "10.0.0.11:4533"\n';
const LEAST = {
  addresses: '["192.0.2.10"]',
  names: '["music.example.org"]',
  certificate: '{ bigip = "/Common/music.crt", key = "/Common/music.key" }',
};

function parse(changes: Readonly<Record<string, string>> = {}) {
  const lines = Object.entries({ ...LEAST, ...changes }).map(([key, value]) => `${key} = ${value}`);
  return parseClusterFile([SERVER, '[bigip]', ...lines].join('\n')).bigip;
}

it('has a default for all but addresses, names and certificate', () => {
  expect(parse()).toEqual({
    tenant: 'Clef',
    application: 'music',
    virtualAddresses: ['192.0.2.10'],
    names: ['music.example.org'],
    certificate: { bigip: '/Common/music.crt', key: '/Common/music.key' },
    members: 'fixed',
    basePath: '',
  });
  expect(parseClusterFile(SERVER).bigip).toBeUndefined();
});

it('takes files of a certificate, events, a base path and a syslog server', () => {
  expect(
    parse({
      certificate: '{ file = "a.pem", key = "b.pem" }',
      members: '"event"',
      base_path: '"/clef"',
      request_log: '"[fd00::5]:514"',
    }),
  ).toMatchObject({
    certificate: { file: 'a.pem', key: 'b.pem' },
    members: 'event',
    basePath: '/clef',
    requestLog: { host: 'fd00::5', port: 514 },
  });
});

it.each([
  ['a tenant that AS3 has itself', { tenant: '"Common"' }],
  ['an application that AS3 has itself', { application: '"class"' }],
  ['a tenant with a space', { tenant: '"my music"' }],
  ['no address', { addresses: '[]' }],
  ['an address that is none', { addresses: '["192.0.2.256"]' }],
  ['a name that would end the rule that it is put into', { names: '["a.example\\" { }"]' }],
  ['half a certificate', { certificate: '{ bigip = "/Common/music.crt" }' }],
  ['a certificate of both sorts', { certificate: '{ bigip = "/Common/a.crt", file = "a.pem", key = "b" }' }],
  ['a certificate without its folder', { certificate: '{ bigip = "music.crt", key = "music.key" }' }],
  ['members of an unknown sort', { members: '"dns"' }],
  ['a base path that ends with a slash', { base_path: '"/clef/"' }],
  ['a base path that would end the rule that it is put into', { base_path: '"/a\\") { "' }],
  ['a syslog server by name', { request_log: '"log.example.org:514"' }],
  ['a syslog server without a port', { request_log: '"10.0.0.5"' }],
  ['what is not known', { pool: '"api"' }],
])('refuses %s', (_what, changes) => {
  expect(() => parse(changes)).toThrow(/the list of servers: bigip/);
});
