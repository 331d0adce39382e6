import { ClefError } from '../../core/index.ts';
import type { ClusterServer, Membership } from '../membership.ts';
import type { As3Object, Properties } from './declaration.ts';
import type { BigipSite } from './site.ts';

const SLOW_RAMP_SECONDS = 30;
/** Connections that were refused, before a listener hears of it. */
const RESELECT_TRIES = 2;
const PROBE_SECONDS = 2;
/** F5's rule: three probes and a second. */
const DOWN_AFTER_SECONDS = 3 * PROBE_SECONDS + 1;
/** Where the nodes of an event name none, which those of Clef do. */
const USUAL_PORT = 4533;

/** A node as event service discovery is told of it. */
interface EventNode {
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  readonly state: 'user-up';
  readonly session: 'user-enabled' | 'user-disabled';
}

/** The same servers three times, since what they are asked for is spread by different rules. */
export function poolObjects(
  { servers }: Membership,
  { members: kind, names, basePath }: BigipSite,
): Readonly<Record<string, As3Object>> {
  const members =
    kind === 'event'
      ? [{ servicePort: USUAL_PORT, addressDiscovery: { use: 'servers' } }]
      : servers.map(fixedMember);
  const pool = {
    class: 'Pool',
    monitors: [{ use: 'readiness' }],
    members,
    reselectTries: RESELECT_TRIES,
    slowRampTime: SLOW_RAMP_SECONDS,
  } as const;
  return {
    api: { ...pool, loadBalancingMode: 'least-connections-member', serviceDownAction: 'reselect' },
    // A server that is not ready any more sends what it has begun to its end; `reselect` would cut it.
    stream: { ...pool, loadBalancingMode: 'least-connections-member', serviceDownAction: 'none' },
    chunks: { ...pool, loadBalancingMode: 'round-robin', serviceDownAction: 'reselect' },
    readiness: {
      class: 'Monitor',
      monitorType: 'http',
      // `\r\n` as BIG-IP reads it: four characters.
      send: [`GET ${basePath}/readyz HTTP/1.1`, `Host: ${names[0] ?? ''}`, 'Connection: close', '', ''].join(
        String.raw`\r\n`,
      ),
      receive: String.raw`^HTTP/1\.1 200`,
      interval: PROBE_SECONDS,
      timeout: DOWN_AFTER_SECONDS,
    },
    ...(kind === 'event' && { servers: { class: 'Address_Discovery', addressDiscovery: 'event' } }),
  };
}

/** Who is there, for the task that the declaration made. `config-invalid` for a server that is known by name. */
export function eventNodes({ servers }: Membership): readonly EventNode[] {
  return servers.map(({ name, host, port, state }) => {
    if (!isAddress(host))
      throw new ClefError(
        'config-invalid',
        `event service discovery needs the address of ${name}, not its name`,
      );
    const session = state === 'draining' ? 'user-disabled' : 'user-enabled';
    return { id: name, ip: host, port, state: 'user-up', session };
  });
}

function fixedMember({ host, port, state }: ClusterServer): Properties {
  const adminState = state === 'draining' ? 'disable' : 'enable';
  return isAddress(host)
    ? { servicePort: port, serverAddresses: [host], adminState }
    : { servicePort: port, addressDiscovery: 'fqdn', hostname: host, adminState };
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}
