import * as fc from 'fast-check';
import { objectsOf, pathOf } from '../../src/edge/as3/declaration.ts';
import { pointersOf } from '../../src/edge/as3/pointers.ts';
import { type As3Declaration, findFaults, renderAs3 } from '../../src/edge/index.ts';
import { As3Schema } from '../support/as3-schema.ts';
import { bigipSite, bigipSites, memberships, threeServers } from '../support/bigip-sites.ts';
import { inProof } from '../support/debian.ts';
import { editJson } from '../support/edit-json.ts';
import { sharedData } from '../support/shared-data.ts';
import { plantedFaults } from './as3-faults.ts';
import { type Gate, gate, type Proof } from './proof.ts';

const DECLARATIONS = 200;

/** No BIG-IP is asked: what is shown is that F5's schema, and a look at what it leaves out, have nothing to say. */
export const as3: Proof = {
  name: 'as3',
  shows: 'AS3 declarations fit F5’s schema, their references are closed, and planted faults are caught',
  run({ seed, say }) {
    const schema = new As3Schema(sharedData('f5/as3-schema.json', inProof));
    const whole = renderAs3(threeServers, bigipSite);
    const declarations = [
      whole,
      renderAs3(threeServers, { ...bigipSite, members: 'event' }),
      ...fc
        .sample(fc.tuple(memberships, bigipSites), { numRuns: DECLARATIONS, seed })
        .map(([membership, site]) => renderAs3(membership, site)),
    ];
    let invalid = 0;
    let open = 0;
    let unlike = 0;
    let pointers = 0;
    for (const declaration of declarations) {
      const broken = schema.faults(declaration);
      const faults = findFaults(declaration);
      const known = schema.pointers(declaration).map(({ at, className }) => `${at} ${className}`);
      const ours = ourPointers(declaration);
      if (broken.length > 0) invalid++;
      if (faults.length > 0) open++;
      if (known.toSorted().join() !== ours.toSorted().join()) unlike++;
      if (broken.length > 0 || faults.length > 0) say(JSON.stringify({ broken, faults }));
      pointers += ours.length;
    }
    const caught = Object.fromEntries(
      plantedFaults.map((fault) => [
        fault.what,
        gate(catcherOf(schema, editJson(whole, fault.at, fault.to)), [fault.caughtBy].flat().join(', ')),
      ]),
    );
    const gates: Record<string, Gate> = {
      invalid: gate(invalid, 0),
      withOpenReferences: gate(open, 0),
      // The schema itself says where pointers are, and at what: none may be unknown to us.
      withPointersThatWeDoNotKnow: gate(unlike, 0),
      ...caught,
    };
    return Promise.resolve({
      gates,
      figures: {
        declarations: declarations.length,
        pointers,
        planted: plantedFaults.length,
        caughtBySchema: plantedFaults.filter(({ caughtBy }) => caughtBy === 'schema').length,
      },
    });
  },
};

function catcherOf(schema: As3Schema, declaration: As3Declaration): string {
  if (schema.faults(declaration).length > 0) return 'schema';
  return [...new Set(findFaults(declaration).map(({ kind }) => kind))].toSorted().join(', ');
}

function ourPointers(declaration: As3Declaration): readonly string[] {
  return objectsOf(declaration).flatMap((placed) =>
    pointersOf(placed).map(({ at, className }) => `/declaration${pathOf(placed)}${at} ${className}`),
  );
}
