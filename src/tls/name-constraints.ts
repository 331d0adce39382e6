import { BlockList, isIPv6 } from 'node:net';
import type { Extension } from '@peculiar/x509';
import { loadX509 } from './load-x509.ts';
import type { SubjectName } from './names.ts';

/** Names that no public authority gives out: RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps free. */
const LOCAL_DOMAINS = ['localhost', 'local', 'home.arpa', 'internal', 'lan'];
/** Loopback, RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
];

/**
 * What an authority may vouch for (RFC 5280 section 4.2.1.10): private networks, local names, and the machine's own
 * names and addresses.
 */
export async function nameConstraints(names: readonly SubjectName[]): Promise<Extension> {
  const [x509, asn1, schema] = await Promise.all([
    loadX509(),
    import('@peculiar/asn1-x509'),
    import('@peculiar/asn1-schema'),
  ]);
  const domains = names.flatMap(({ kind, value }) => (kind === 'dns' ? [value] : []));
  const addresses = names.flatMap(({ kind, value }) =>
    kind === 'ip' ? [`${value}/${isIPv6(value) ? 128 : 32}`] : [],
  );
  const bases = [
    ...[...LOCAL_DOMAINS, ...domains].map((dNSName) => new asn1.GeneralName({ dNSName })),
    ...[...PRIVATE_NETWORKS, ...addresses].map((iPAddress) => new asn1.GeneralName({ iPAddress })),
  ];
  const permittedSubtrees = new asn1.GeneralSubtrees(bases.map((base) => new asn1.GeneralSubtree({ base })));
  const value = schema.AsnConvert.serialize(new asn1.NameConstraints({ permittedSubtrees }));
  return new x509.Extension(asn1.id_ce_nameConstraints, true, value);
}

/** Tells of each name whether an authority may vouch for it. */
export async function permittedBy(authorityPem: string): Promise<(name: SubjectName) => boolean> {
  const [x509, asn1, schema] = await Promise.all([
    loadX509(),
    import('@peculiar/asn1-x509'),
    import('@peculiar/asn1-schema'),
  ]);
  const extension = new x509.X509Certificate(authorityPem).getExtension(asn1.id_ce_nameConstraints);
  if (!extension) return () => true;
  const { permittedSubtrees } = schema.AsnConvert.parse(extension.value, asn1.NameConstraints);
  const bases = [...(permittedSubtrees ?? [])].map(({ base }) => base);
  const domains = bases.flatMap(({ dNSName }) => dNSName ?? []);
  const networks = new BlockList();
  for (const { iPAddress } of bases) {
    const [address = '', bits = ''] = (iPAddress ?? '').split('/');
    if (bits !== '') networks.addSubnet(address, Number(bits), familyOf(address));
  }
  return ({ kind, value }) =>
    kind === 'ip'
      ? networks.check(value, familyOf(value))
      : domains.some((domain) => value === domain || value.endsWith(`.${domain}`));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
