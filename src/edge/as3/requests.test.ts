import { expect, it } from 'vitest';
import { bigipSite } from '../../../test/support/bigip-sites.ts';
import { fileOfPackage } from '../../../test/support/debian.ts';
import { runIRule } from '../../../test/support/irule.ts';
import { shown } from './declaration.ts';
import { requestsRule } from './requests.ts';

const HOST = 'music.example.org';
const rule = shown(requestsRule({ ...bigipSite, basePath: '/clef' })['iRule']);

it('answers for its own names alone, and hands on nothing that is for servers', (context) => {
  const tclsh = fileOfPackage('tcl', '/usr/bin/tclsh', context);
  const cases = [
    ['/clef/rest/ping?u=ada', HOST, undefined],
    ['/clef/rest/ping', 'Music.Example.org:443', undefined],
    ['/clef/rest/ping', 'music.lan', undefined],
    ['/clef/rest/ping', 'other.example.org', 421],
    ['/clef/rest/ping', '', 421],
    ['/clef/metrics', HOST, 404],
    ['/clef/metrics/', HOST, 404],
    ['/clef/p/v1', HOST, 404],
    ['/clef/p/v1?x', HOST, 404],
    ['/metrics', HOST, 404],
    ['/p/v1', HOST, 404],
    ['/clef/playlists', HOST, undefined],
    [`http://${HOST}/clef/p/v1`, HOST, 400],
    ['*', HOST, 400],
  ] as const;
  const outcomes = runIRule(
    tclsh,
    rule,
    cases.map(([uri, host]) => ({ uri, host, headers: [] })),
  );
  expect(outcomes.map((outcome) => ('status' in outcome ? outcome.status : undefined))).toEqual(
    cases.map(([, , status]) => status),
  );
});

it('says itself who asks, and takes out what listeners say in the name of an edge', (context) => {
  const tclsh = fileOfPackage('tcl', '/usr/bin/tclsh', context);
  const kept = [
    ['Range', 'bytes=0-9'],
    ['Cookie', 'a=b'],
  ] as const;
  const headers = [
    ['X-Clef-Edge', '1'],
    kept[0],
    ['x-CLEF-pieces', 'ticket'],
    ['X-Forwarded-For', '10.0.0.1'],
    ['x-forwarded-port', '80'],
    ['Forwarded', 'for=10.0.0.1'],
    kept[1],
    ['X-Clef-Edge', '2'],
  ] as const;
  expect(runIRule(tclsh, rule, [{ uri: '/clef/', host: HOST, headers }])).toEqual([
    {
      headers: [
        ...kept,
        ['X-Forwarded-For', '203.0.113.7'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', HOST],
      ],
    },
  ]);
});
