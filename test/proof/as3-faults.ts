import type { FaultKind } from '../../src/edge/as3/fault.ts';
import type { Value } from '../../src/edge/as3/declaration.ts';

/** Something wrong with a declaration, and all that has to say so: F5's schema, or our own look at references. */
export interface PlantedFault {
  readonly what: string;
  /** As a JSON pointer (RFC 6901): there is `to` in place of what was there, and for `undefined` nothing. */
  readonly at: string;
  readonly to: Value | undefined;
  readonly caughtBy: 'schema' | readonly FaultKind[];
}

/** They are planted into what is rendered for `threeServers` and `bigipSite`. */
export const plantedFaults: readonly PlantedFault[] = [
  planted('a property that no pool has', 'schema', 'api/loadBalancing', 'round-robin'),
  planted('a way to spread that does not exist', 'schema', 'api/loadBalancingMode', 'least-connection'),
  planted('an action on a member’s loss that does not exist', 'schema', 'chunks/serviceDownAction', 'retry'),
  planted('a ramp that is longer than devices allow', 'schema', 'api/slowRampTime', 901),
  planted('a member without a port', 'schema', 'api/members/0/servicePort', undefined),
  planted('a member whose port is none', 'schema', 'api/members/0/servicePort', 65_536),
  planted('a member whose address is none', 'schema', 'api/members/0/serverAddresses/0', '10.0.0.256'),
  planted('a member in a state that does not exist', 'schema', 'stream/members/0/adminState', 'draining'),
  planted('a virtual address that is none', 'schema', 'service/virtualAddresses/0', '192.0.2'),
  planted('a service of a class that does not exist', 'schema', 'service/class', 'Service_WEB'),
  planted('a profile in the place of a pointer to one', 'schema', 'service/profileHTTP', {
    maxHeaderCount: 64,
  }),
  planted('a TLS profile without certificates', 'schema', 'tls/certificates', undefined),
  planted(
    'a certificate that is not a path of the device',
    ['no-path'],
    'certificate/certificate/bigip',
    'music.crt',
  ),
  planted('a monitor of a type that does not exist', 'schema', 'readiness/monitorType', 'readyz'),
  planted('a persistence that does not exist', 'schema', 'sameServer/persistenceMethod', 'cookies'),
  planted(
    'a comparison that does not exist',
    'schema',
    'routes/rules/0/conditions/0/path/operand',
    'begins-with',
  ),
  planted('an action that does not exist', 'schema', 'routes/rules/0/actions/0/type', 'pool'),
  planted('an application without a class', 'schema', '/declaration/Clef/music/class', undefined),
  planted('a version of AS3 that does not exist', 'schema', '/declaration/schemaVersion', '4.0.0'),

  planted('a pool whose name is misspelt in a rule', ['nothing-there', 'unused'], rulePool(0), 'chunk'),
  planted(
    'a pool whose name has other capitals in a rule',
    ['nothing-there', 'unused'],
    rulePool(0),
    'Chunks',
  ),
  planted('a monitor that is not declared', ['nothing-there'], 'readiness', undefined),
  planted('a default pool that is not declared', ['nothing-there', 'unused'], 'service/pool', 'main'),
  planted('a certificate that is not declared', ['nothing-there'], 'certificate', undefined),
  planted('an iRule that is not declared', ['nothing-there', 'unused'], 'service/iRules/0', 'request'),
  planted(
    'a policy that is renamed',
    ['nothing-there', 'unused'],
    'service/policyEndpoint/use',
    '/Clef/music/rules',
  ),
  planted('a monitor in the place of a pool', ['unused', 'wrong-class'], rulePool(0), 'readiness'),
  planted('a pool in the place of a monitor', ['wrong-class'], 'api/monitors/0/use', 'chunks'),
  planted(
    'an HTTP profile in the place of a TCP profile',
    ['unused', 'wrong-class'],
    'service/profileTCP/egress/use',
    'http',
  ),
  planted('a pool of another tenant', ['out-of-sight', 'unused'], rulePool(0), '/Other/music/chunks'),
  planted('a pool of another application', ['out-of-sight', 'unused'], rulePool(0), '/@/other/chunks'),
  planted(
    'a pointer that it is not known what for',
    ['unknown-reference'],
    'service/profileHTTPCompression',
    { use: 'http' },
  ),
  planted('a pool that nothing uses', ['unused'], 'spare', {
    class: 'Pool',
    monitors: ['http'],
    members: [{ servicePort: 80, serverAddresses: ['10.0.0.9'] }],
  }),
  planted('a cookie that no service uses', ['unused'], 'service/persistenceMethods', ['cookie']),
  planted('a pool without members', ['pool-empty'], 'chunks/members', []),
  planted('a pool whose members are not declared', ['pool-empty'], 'chunks/members', undefined),
  planted('a pool without a monitor', ['pool-unwatched'], 'stream/monitors', undefined),
  planted(
    'a server that is in a pool twice',
    ['member-twice'],
    'api/members/2/serverAddresses/0',
    '10.0.0.11',
  ),
  planted('a second service on the same address and port', ['listener-twice'], 'other', {
    class: 'Service_HTTPS',
    virtualAddresses: ['192.0.2.10'],
    redirect80: false,
    pool: 'api',
    serverTLS: 'tls',
  }),
  planted('a service where the redirect from port 80 listens', ['listener-twice'], 'other', {
    class: 'Service_HTTP',
    virtualAddresses: ['192.0.2.10'],
    pool: 'api',
  }),
  planted('a service without a pool', ['no-pool'], 'other', {
    class: 'Service_HTTP',
    virtualAddresses: ['192.0.2.11'],
  }),
  planted('an HTTPS service without TLS', ['no-tls'], 'other', {
    class: 'Service_HTTPS',
    virtualAddresses: ['192.0.2.11'],
    pool: 'api',
  }),
  planted(
    'a choice of pool at the TLS handshake',
    ['action-too-early'],
    'routes/rules/0/actions/0/event',
    undefined,
  ),
  planted('a rule that hides the rules after it', ['rule-unreachable'], 'routes/rules/0/conditions', []),
  planted('two rules of one name', ['rule-twice'], 'routes/rules/1/name', 'chunks'),
  planted(
    'a log with queries, in which passwords are',
    ['logs-secrets'],
    'requestLog/responseSettings/responseTemplate',
    '$CLIENT_IP $HTTP_METHOD $HTTP_URI $HTTP_STATCODE',
  ),
  planted(
    'a log with a field that has tickets',
    ['logs-secrets'],
    'requestLog/responseSettings/responseTemplate',
    '$CLIENT_IP ${Authorization} $HTTP_STATCODE',
  ),
];

function planted(
  what: string,
  caughtBy: PlantedFault['caughtBy'],
  at: string,
  to: Value | undefined,
): PlantedFault {
  return { what, caughtBy, at: at.startsWith('/') ? at : `/declaration/Clef/music/${at}`, to };
}

function rulePool(rule: number): string {
  return `routes/rules/${rule}/actions/0/select/pool/use`;
}
