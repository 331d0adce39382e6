import { type As3Declaration, objectsOf, type Placed, pathOf, textsOf } from './declaration.ts';
import { type Fault, fault } from './fault.ts';
import { listenerFaults } from './listener-faults.ts';
import { logFaults } from './log-faults.ts';
import { pointersOf, resolvePointer } from './pointers.ts';
import { policyFaults } from './policy-faults.ts';
import { poolFaults } from './pool-faults.ts';

const DEVICE_PATH = /^(?:\/[\w.~-]+){2,}$/;

/**
 * What F5's schema lets through, though a device would refuse it or serve wrongly: pointers that lead nowhere or to
 * the wrong class, what nothing points at, and listeners, pools, and rules that get in each other's way.
 */
export function findFaults(declaration: As3Declaration): readonly Fault[] {
  const objects = objectsOf(declaration);
  return [
    ...referenceFaults(objects),
    ...listenerFaults(objects),
    ...objects.flatMap((placed) => [
      ...deviceFaults(placed),
      ...poolFaults(placed),
      ...policyFaults(placed),
      ...logFaults(placed),
    ]),
  ];
}

function referenceFaults(objects: readonly Placed[]): readonly Fault[] {
  const byPath = new Map(objects.map((placed) => [pathOf(placed), placed]));
  const faults: Fault[] = [];
  const pointedAt = new Map<string, string[]>();
  for (const placed of objects) {
    const targets: string[] = [];
    pointedAt.set(pathOf(placed), targets);
    for (const pointer of pointersOf(placed)) {
      const at = `${pathOf(placed)}${pointer.at}`;
      const path = resolvePointer(pointer);
      const target = path === undefined ? undefined : byPath.get(path);
      if (path === undefined)
        faults.push(fault('out-of-sight', at, `${pointer.target} cannot be seen from there`));
      else if (!target) faults.push(fault('nothing-there', at, `there is no ${path}`));
      else if (pointer.className === undefined)
        faults.push(fault('unknown-reference', at, 'it is not known what may be pointed at there'));
      else if (target.object.class !== pointer.className)
        faults.push(
          fault('wrong-class', at, `${path} is a ${target.object.class}, not a ${pointer.className}`),
        );
      else targets.push(path);
    }
  }
  const used = reachedFrom(objects.filter(({ object }) => isService(object.class)).map(pathOf), pointedAt);
  for (const path of byPath.keys())
    if (!used.has(path)) faults.push(fault('unused', path, 'no service uses it'));
  return faults;
}

/** What lies on the device is named by its whole path. */
function deviceFaults(placed: Placed): readonly Fault[] {
  return textsOf(placed.object)
    .filter(([at, text]) => at.endsWith('/bigip') && !DEVICE_PATH.test(text))
    .map(([at, text]) => fault('no-path', `${pathOf(placed)}${at}`, `${text} is not a path of the device`));
}

function isService(className: string): boolean {
  return className.startsWith('Service_') && className !== 'Service_Address';
}

function reachedFrom(
  roots: readonly string[],
  pointedAt: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set(roots);
  // A set hands out what is added while it is walked over.
  for (const path of reached) for (const target of pointedAt.get(path) ?? []) reached.add(target);
  return reached;
}
