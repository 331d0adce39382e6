import { type As3Object, listOf, type Placed, pathOf, shown } from './declaration.ts';
import { type Fault, fault } from './fault.ts';

const USUAL_PORTS: Readonly<Record<string, number>> = { Service_HTTP: 80, Service_HTTPS: 443 };
const REDIRECTED_PORT = 80;
/** Of all services together, since addresses are the device's. */
export function listenerFaults(objects: readonly Placed[]): readonly Fault[] {
  const holders = new Map<string, string>();
  const faults: Fault[] = [];
  for (const placed of objects) {
    const path = pathOf(placed);
    const { object } = placed;
    if (object.class in USUAL_PORTS && object['pool'] === undefined)
      faults.push(fault('no-pool', path, 'nobody answers where no rule fits'));
    if (object.class === 'Service_HTTPS' && object['serverTLS'] === undefined)
      faults.push(fault('no-tls', path, 'it has no certificate'));
    for (const listener of listenersOf(object)) {
      const holder = holders.get(listener);
      if (holder === undefined) holders.set(listener, path);
      else faults.push(fault('listener-twice', path, `${listener} is ${holder}’s`));
    }
  }
  return faults;
}

function listenersOf(object: As3Object): readonly string[] {
  const port = object['virtualPort'] ?? USUAL_PORTS[object.class];
  const redirects = object.class === 'Service_HTTPS' && object['redirect80'] !== false;
  return listOf(object['virtualAddresses']).flatMap((entry) => {
    // A pair is an address, and the sources that it is for.
    const [address] = Array.isArray(entry) ? listOf(entry) : [entry];
    if (typeof address !== 'string') return [];
    const one = address.toLowerCase().replace(/\/(?:32|128)$/, '');
    return [`${one} port ${shown(port)}`, ...(redirects ? [`${one} port ${REDIRECTED_PORT}`] : [])];
  });
}
