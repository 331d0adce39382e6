import { isProperties, type Placed, type Value } from './declaration.ts';

/** What a property that points somewhere has to point at. Every other `use` is a fault, so that none is passed over. */
const CLASSES: Readonly<Record<string, string>> = {
  addressDiscovery: 'Address_Discovery',
  certificates: 'Certificate',
  iRules: 'iRule',
  monitors: 'Monitor',
  persistenceMethods: 'Persist',
  policyEndpoint: 'Endpoint_Policy',
  pool: 'Pool',
  profileHTTP: 'HTTP_Profile',
  profileHTTP2: 'HTTP2_Profile',
  profileMultiplex: 'Multiplex_Profile',
  profileTCP: 'TCP_Profile',
  profileTrafficLog: 'Traffic_Log_Profile',
  profileWebSocket: 'WebSocket_Profile',
  requestPool: 'Pool',
  responsePool: 'Pool',
  serverTLS: 'TLS_Server',
};
/** Where a bare string points, too; elsewhere it is the name of something that is built in. */
const BARE = new Set(['certificates', 'iRules', 'policyEndpoint', 'pool', 'serverTLS']);
/** Properties that say which of several their holder's pointer is. */
const TRANSPARENT: Readonly<Record<string, readonly string[]>> = {
  certificates: ['certificate'],
  profileHTTP2: ['ingress', 'egress'],
  profileTCP: ['ingress', 'egress'],
};

export interface Pointer {
  readonly from: Placed;
  /** Below the object, as a JSON pointer (RFC 6901). */
  readonly at: string;
  readonly target: string;
  /** `undefined` where it is not known what may be there. */
  readonly className: string | undefined;
}

/** All that an object points at within the declaration; what lies on the device itself (`bigip`) is not ours to know. */
export function pointersOf(from: Placed): readonly Pointer[] {
  return Object.entries(from.object).flatMap(([property, value]) => visit(value, property, `/${property}`));

  function visit(value: Value, property: string, at: string): readonly Pointer[] {
    if (typeof value === 'string') return BARE.has(property) ? [pointer(value, property, at)] : [];
    if (Array.isArray(value))
      return (value as readonly Value[]).flatMap((item, i) => visit(item, property, `${at}/${i}`));
    if (!isProperties(value)) return [];
    return Object.entries(value).flatMap(([inner, content]) => {
      const where = `${at}/${inner}`;
      if (inner === 'use' && typeof content === 'string') return [pointer(content, property, where)];
      if (inner === 'bigip') return [];
      const isSame = TRANSPARENT[property]?.includes(inner) ?? false;
      return visit(content, isSame ? property : inner, where);
    });
  }

  function pointer(target: string, property: string, at: string): Pointer {
    const className = Object.hasOwn(CLASSES, property) ? CLASSES[property] : undefined;
    return { from, at, target, className };
  }
}

/**
 * The path that a pointer means, `@` being where it stands itself, or `undefined` where it may not look: an
 * application sees itself, `Shared` of its tenant, and `/Common/Shared`.
 */
export function resolvePointer({ from, target }: Pick<Pointer, 'from' | 'target'>): string | undefined {
  const [tenant = '', application = '', ...rest] = target.startsWith('/')
    ? target.slice(1).split('/')
    : ['@', '@', target];
  const inTenant = tenant === '@' ? from.tenant : tenant;
  const inApplication = application === '@' ? from.application : application;
  const isVisible =
    (inTenant === from.tenant && [from.application, 'Shared'].includes(inApplication)) ||
    (inTenant === 'Common' && inApplication === 'Shared');
  return isVisible ? `/${[inTenant, inApplication, ...rest].join('/')}` : undefined;
}
