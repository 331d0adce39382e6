import type { Membership } from '../membership.ts';
import type { As3Declaration } from './declaration.ts';
import { poolObjects } from './pools.ts';
import { profileObjects } from './profiles.ts';
import { requestsRule } from './requests.ts';
import { routesPolicy } from './routes.ts';
import type { BigipSite } from './site.ts';

/** The schema that it is held against; a device needs as new an AS3. */
const SCHEMA_VERSION = '3.56.0';

/** All of a tenant: posted again, it replaces what was there. */
export function renderAs3(membership: Membership, site: BigipSite): As3Declaration {
  return {
    class: 'AS3',
    action: 'deploy',
    persist: true,
    declaration: {
      class: 'ADC',
      schemaVersion: SCHEMA_VERSION,
      id: `clef-${site.tenant}`,
      [site.tenant]: {
        class: 'Tenant',
        [site.application]: {
          class: 'Application',
          service: {
            class: 'Service_HTTPS',
            virtualAddresses: site.virtualAddresses,
            virtualPort: 443,
            redirect80: true,
            // Answers have to come back by the BIG-IP, however the servers' routes are.
            snat: 'auto',
            serverTLS: 'tls',
            profileTCP: { ingress: { use: 'clientTcp' }, egress: { use: 'serverTcp' } },
            profileHTTP: { use: 'http' },
            // Servers are asked by HTTP/1.1.
            profileHTTP2: { ingress: { use: 'http2' } },
            profileWebSocket: { use: 'webSocket' },
            // Connections to servers are used again.
            profileMultiplex: 'basic',
            ...(site.requestLog && { profileTrafficLog: { use: 'requestLog' } }),
            pool: 'api',
            persistenceMethods: [{ use: 'sameServer' }],
            policyEndpoint: { use: 'routes' },
            iRules: ['requests'],
          },
          ...profileObjects(site),
          routes: routesPolicy(site),
          requests: requestsRule(site),
          ...poolObjects(membership, site),
        },
      },
    },
  };
}
