import type { As3Object, Properties } from './declaration.ts';
import type { BigipSite } from './site.ts';

/** Subsonic's endpoints that send music, which players also ask for with `.view`. */
const STREAMS = ['stream', 'download'];
/** AS3 wants one; CARP keeps no records that could expire. */
const CARP_TIMEOUT_SECONDS = 180;

/** Which pool answers, by the path: the first rule that fits, and `api` where none does. */
export function routesPolicy({ basePath }: BigipSite): As3Object {
  return {
    class: 'Endpoint_Policy',
    strategy: 'first-match',
    rules: [
      {
        name: 'chunks',
        conditions: [pathCondition('starts-with', [`${basePath}/c/v1/`])],
        actions: [
          toPool('chunks'),
          // The same server for the same cells, so that its caches are of use; a server more or less moves few of them.
          {
            type: 'persist',
            event: 'request',
            carp: { key: 'tcl:[HTTP::path]', timeout: CARP_TIMEOUT_SECONDS },
          },
        ],
      },
      {
        // Asked for where the first way failed: by whichever server, only not by the same again.
        name: 'verified',
        conditions: [pathCondition('starts-with', [`${basePath}/v/v1/`])],
        actions: [toPool('stream'), NO_COOKIE],
      },
      {
        name: 'streams',
        conditions: [
          pathCondition(
            'equals',
            STREAMS.flatMap((name) => [`${basePath}/rest/${name}`, `${basePath}/rest/${name}.view`]),
          ),
        ],
        actions: [toPool('stream'), NO_COOKIE],
      },
    ],
  };
}

const NO_COOKIE: Properties = { type: 'persist', event: 'request', disable: {} };

function pathCondition(operand: string, values: readonly string[]): Properties {
  return {
    type: 'httpUri',
    event: 'request',
    path: { operand, values, caseSensitive: true },
    normalized: true,
  };
}

/** AS3 would choose at the TLS handshake, before there is a path. */
function toPool(pool: string): Properties {
  return { type: 'forward', event: 'request', select: { pool: { use: pool } } };
}
