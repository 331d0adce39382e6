import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigipSite, bigipSites, memberships, threeServers } from '../../../test/support/bigip-sites.ts';
import { type As3Object, isProperties, listOf, objectsOf, type Value } from './declaration.ts';
import { eventNodes } from './pools.ts';
import { renderAs3 } from './render.ts';
import type { BigipSite } from './site.ts';

describe('a declaration', () => {
  it('gives each pool every server, and nothing new to one that drains', () => {
    const wanted = [
      { servicePort: 4533, serverAddresses: ['10.0.0.11'], adminState: 'enable' },
      { servicePort: 4533, addressDiscovery: 'fqdn', hostname: 'three.example.org', adminState: 'enable' },
      { servicePort: 4533, serverAddresses: ['fd00::12'], adminState: 'disable' },
    ];
    const objects = objectsIn(bigipSite);
    for (const pool of ['api', 'stream', 'chunks']) expect(objects.get(pool)?.['members']).toEqual(wanted);
  });

  it('names no server where events do, so that it stays as it is when they come and go', () => {
    fc.assert(
      fc.property(memberships, memberships, bigipSites, (before, after, site) => {
        const byEvents: BigipSite = { ...site, members: 'event' };
        expect(renderAs3(before, byEvents)).toEqual(renderAs3(after, byEvents));
      }),
    );
  });

  it.each([
    ['/c/v1/asset/layout/0', 'chunks', 'carp'],
    ['/v/v1/asset/0', 'stream', 'disable'],
    ['/rest/stream', 'stream', 'disable'],
    ['/rest/download.view', 'stream', 'disable'],
    ['/rest/streamer', 'api', undefined],
    ['/rest/getAlbum', 'api', undefined],
    ['/api/v1/play', 'api', undefined],
    ['/c/v10', 'api', undefined],
  ])('answers %s from the pool %s', (path, pool, persistence) => {
    for (const basePath of ['', '/clef'])
      expect(routed({ ...bigipSite, basePath }, `${basePath}${path}`)).toEqual({ pool, persistence });
  });

  it('probes whether a server is ready, below the base path', () => {
    const { send } = objectsIn({ ...bigipSite, basePath: '/clef' }).get('readiness') ?? expect.fail();
    expect(send).toBe(
      String.raw`GET /clef/readyz HTTP/1.1\r\nHost: music.example.org\r\nConnection: close\r\n\r\n`,
    );
  });

  it('logs no requests where nobody takes them', () => {
    const { requestLog: _, ...silent } = bigipSite;
    expect([...objectsIn(silent).keys()]).not.toContain('requestLog');
    expect(objectsIn(silent).get('service')).not.toHaveProperty('profileTrafficLog');
    expect(objectsIn(bigipSite).get('service')).toHaveProperty('profileTrafficLog');
  });
});

describe('the nodes of an event', () => {
  it('are all servers, of which one that drains is disabled', () => {
    const [one, , two] = threeServers.servers;
    const servers = [one, two].filter((server) => server !== undefined);
    expect(eventNodes({ servers })).toEqual([
      { id: 'one', ip: '10.0.0.11', port: 4533, state: 'user-up', session: 'user-enabled' },
      { id: 'two', ip: 'fd00::12', port: 4533, state: 'user-up', session: 'user-disabled' },
    ]);
  });

  it('need addresses', () => {
    expect(() => eventNodes(threeServers)).toThrow(
      'event service discovery needs the address of three, not its name',
    );
  });
});

function objectsIn(site: BigipSite): ReadonlyMap<string, As3Object> {
  return new Map(objectsOf(renderAs3(threeServers, site)).map(({ name, object }) => [name, object]));
}

/** As a device would find it: the first rule whose condition fits. */
function routed(site: BigipSite, path: string) {
  const objects = objectsIn(site);
  const rule = listOf(objects.get('routes')?.['rules'])
    .filter(isProperties)
    .find(({ conditions }) =>
      listOf(conditions).every((condition) => {
        const { operand, values } = at(condition, 'path');
        const texts = listOf(values).map(textOf);
        return operand === 'equals' ? texts.includes(path) : texts.some((text) => path.startsWith(text));
      }),
    );
  if (!rule) return { pool: objects.get('service')?.['pool'], persistence: undefined };
  const [forward = '', persist = ''] = listOf(rule['actions']);
  return {
    pool: at(at(forward, 'select'), 'pool')['use'],
    persistence: Object.keys(isProperties(persist) ? persist : {}).find(
      (key) => !['type', 'event'].includes(key),
    ),
  };
}

function at(value: Value, property: string) {
  const inner = isProperties(value) ? value[property] : undefined;
  return isProperties(inner) ? inner : expect.fail();
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : expect.fail();
}
