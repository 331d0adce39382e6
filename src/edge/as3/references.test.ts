import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigipSite, bigipSites, memberships, threeServers } from '../../../test/support/bigip-sites.ts';
import { editJson } from '../../../test/support/edit-json.ts';
import { type As3Declaration, type As3Object, objectsOf, pathOf } from './declaration.ts';
import { pointersOf, resolvePointer } from './pointers.ts';
import { findFaults } from './references.ts';
import { renderAs3 } from './render.ts';

const rendered = fc.tuple(memberships, bigipSites).map(([membership, site]) => renderAs3(membership, site));

describe('references of a declaration', () => {
  it('are closed in what is rendered, whatever the cluster is', () => {
    fc.assert(
      fc.property(rendered, (declaration) => {
        expect(findFaults(declaration)).toEqual([]);
      }),
    );
  });

  it('are missed wherever one is renamed', () => {
    fc.assert(
      fc.property(rendered, fc.nat(), (declaration, which) => {
        const pointers = objectsOf(declaration).flatMap(pointersOf);
        const { from, at, target } = pointers[which % pointers.length] ?? expect.fail();
        const copy = editJson(declaration, `/declaration${pathOf(from)}${at}`, `${target}x`);
        expect(findFaults(copy)).toContainEqual(
          expect.objectContaining({ kind: 'nothing-there', at: `${pathOf(from)}${at}` }),
        );
      }),
    );
  });

  it('are missed wherever an object is renamed, or is of another class', () => {
    fc.assert(
      fc.property(rendered, fc.nat(), (declaration, which) => {
        const targets = objectsOf(declaration).filter(({ object }) => object.class !== 'Service_HTTPS');
        const placed = targets[which % targets.length] ?? expect.fail();
        const path = `/declaration${pathOf(placed)}`;
        const renamed = editJson(editJson(declaration, path, undefined), `${path}x`, placed.object);
        expect(kindsOf(renamed)).toEqual(expect.arrayContaining(['nothing-there', 'unused']));
        expect(kindsOf(editJson(declaration, `${path}/class`, 'Rewrite_Profile'))).toContain('wrong-class');
      }),
    );
  });

  it('may lead to the application, to Shared of its tenant, and to /Common/Shared, by any way of writing it', () => {
    const [from = expect.fail()] = objectsOf(renderAs3(threeServers, bigipSite));
    const paths = [
      'api',
      '/Clef/music/api',
      '/@/@/api',
      '/@/music/api',
      '/@/Shared/api',
      '/Common/Shared/api',
    ];
    expect(paths.map((target) => resolvePointer({ from, target }))).toEqual([
      ...Array.from({ length: 4 }, () => '/Clef/music/api'),
      '/Clef/Shared/api',
      '/Common/Shared/api',
    ]);
    const hidden = ['/Other/music/api', '/Other/Shared/api', '/Clef/other/api', '/Common/other/api'];
    expect(hidden.map((target) => resolvePointer({ from, target }))).toEqual(hidden.map(() => undefined));
  });

  it('are followed into Shared, and what is used from there alone is in use', () => {
    const pool = {
      class: 'Pool',
      monitors: ['http'],
      members: [{ servicePort: 80, serverAddresses: ['10.0.0.1'] }],
    };
    const shared = { Shared: { class: 'Application', template: 'shared', pool } };
    const service = { class: 'Service_HTTP', virtualAddresses: ['192.0.2.1'], pool: '/@/Shared/pool' };
    const declaration = declare({
      One: { class: 'Tenant', ...shared, web: { class: 'Application', service } },
    });
    expect(findFaults(declaration)).toEqual([]);
    // Of another tenant it cannot be seen.
    const apart = declare({
      One: { class: 'Tenant', ...shared },
      Two: { class: 'Tenant', web: { class: 'Application', service } },
    });
    expect(findFaults(apart).map(({ kind, at }) => `${kind} ${at}`)).toEqual([
      'nothing-there /Two/web/service/pool',
      'unused /One/Shared/pool',
    ]);
  });

  it('from what no service uses are of no use', () => {
    const monitor = { class: 'Monitor', monitorType: 'http' };
    const declaration = declare({
      One: {
        class: 'Tenant',
        web: {
          class: 'Application',
          pool: {
            class: 'Pool',
            monitors: [{ use: 'monitor' }],
            members: [{ servicePort: 80, serverAddresses: ['10.0.0.1'] }],
          },
          monitor,
        },
      },
    });
    expect(findFaults(declaration).map(({ kind, at }) => `${kind} ${at}`)).toEqual([
      'unused /One/web/pool',
      'unused /One/web/monitor',
    ]);
  });
});

function declare(tenants: Readonly<Record<string, As3Object>>): As3Declaration {
  return { class: 'AS3', declaration: { class: 'ADC', schemaVersion: '3.56.0', ...tenants } };
}

function kindsOf(declaration: As3Declaration): readonly string[] {
  return findFaults(declaration).map(({ kind }) => kind);
}
