import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ClefError } from '../core/index.ts';

/** A DNS name or an address that a certificate is good for. */
export type SubjectName =
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: string };

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const MAX_DNS_NAME = 253;

/** In the form that certificates hold: lower case, IDNA as ASCII. `usage` for what is neither name nor address. */
export function parseSubjectName(text: string): SubjectName {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return { kind: 'ip', value: bare };
  const name = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
  if (name === '' || name.length > MAX_DNS_NAME || !name.split('.').every((label) => LABEL.test(label))) {
    throw new ClefError('usage', `${JSON.stringify(text)} is no host name and no address`);
  }
  return { kind: 'dns', value: name };
}

interface NetworkAddress {
  readonly address: string;
  readonly internal: boolean;
}

export interface MachineNames {
  readonly hostName: string;
  readonly addresses: readonly NetworkAddress[];
}

/** What this machine is reached by in its own network: its names, its addresses, and itself. */
export function namesOfMachine({ hostName, addresses }: MachineNames): SubjectName[] {
  const [short = ''] = hostName.toLowerCase().split('.');
  const names = ['localhost', ...(LABEL.test(short) ? [short, `${short}.local`] : [])];
  if (hostName.includes('.')) names.push(hostName);
  const outer = addresses.filter(({ internal }) => !internal).map(({ address }) => address);
  // Link-local addresses mean another machine on each link; public ones of IPv6 change from day to day.
  const reachable = outer.filter((address) => !/^(?:fe80:|169\.254\.|[23][0-9a-f]{3}:)/i.test(address));
  return unique([...names, '127.0.0.1', '::1', ...reachable].map(parseSubjectName));
}

export function unique(names: readonly SubjectName[]): SubjectName[] {
  return [...new Map(names.map((name) => [name.value, name])).values()];
}
