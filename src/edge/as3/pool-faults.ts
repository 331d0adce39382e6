import { isProperties, listOf, type Placed, pathOf, shown, type Value } from './declaration.ts';
import { type Fault, fault } from './fault.ts';

export function poolFaults(placed: Placed): readonly Fault[] {
  const { object } = placed;
  if (object.class !== 'Pool') return [];
  const path = pathOf(placed);
  const members = listOf(object['members']);
  const faults: Fault[] = [];
  if (members.length === 0) faults.push(fault('pool-empty', path, 'it has no members'));
  if (listOf(object['monitors']).length === 0)
    faults.push(fault('pool-unwatched', path, 'nothing tells whether its members answer'));
  const seen = new Set<string>();
  for (const member of members.flatMap(placesOf)) {
    if (seen.has(member)) faults.push(fault('member-twice', path, `it has ${member} twice`));
    seen.add(member);
  }
  return faults;
}

function placesOf(member: Value): readonly string[] {
  if (!isProperties(member)) return [];
  const { servicePort, serverAddresses, servers, hostname, addressDiscovery } = member;
  const named = listOf(servers).map((server) => isProperties(server) && server['address']);
  const discovered = isProperties(addressDiscovery) && addressDiscovery['use'];
  return [...listOf(serverAddresses), ...named, hostname, discovered]
    .filter((host): host is string => typeof host === 'string')
    .map((host) => `${host.toLowerCase()} port ${shown(servicePort)}`);
}
