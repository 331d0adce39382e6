import { X509Certificate } from 'node:crypto';
import type { SubjectName } from './names.ts';
import { nameConstraints } from './name-constraints.ts';
import { loadX509 } from './load-x509.ts';

/** A private key (PKCS#8) and its certificate, both PEM. A server's is followed by its issuer's. */
export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** RFC 5480; every browser and system takes it. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
/** Apple refuses more than 825 days, and browsers more than 398 of public authorities. */
const SERVER_DAYS = 397;
/** Clocks of phones are not always right. */
const BACKDATED_MS = DAY_MS;

/**
 * A certificate authority for one household. It may vouch for names of this machine and of private networks
 * alone (RFC 5280 section 4.2.1.10), so that who steals its key cannot pass for a bank.
 */
export async function createAuthority(options: {
  readonly label: string;
  readonly names: readonly SubjectName[];
  readonly now: number;
}): Promise<KeyAndCertificate> {
  const { label, names, now } = options;
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // RFC 4514: what has a meaning of its own there is left out.
    name: `CN=Clef of ${label.replaceAll(/[^\w .-]/g, '')},O=Clef local authority`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await nameConstraints(names),
    ],
  });
  return { keyPem: await exportKey(keys.privateKey), certificatePem: `${certificate.toString('pem')}\n` };
}

/** A server certificate with a fresh key; its issuer's certificate follows it. */
export async function issueServerCertificate(
  authority: KeyAndCertificate,
  { names, now }: { readonly names: readonly SubjectName[]; readonly now: number },
): Promise<KeyAndCertificate> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=Clef',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.keyPem),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(Math.min(now + SERVER_DAYS * DAY_MS, issuer.notAfter.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(({ kind, value }) => ({ type: kind, value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    keyPem: await exportKey(keys.privateKey),
    certificatePem: `${certificate.toString('pem')}\n${authority.certificatePem}`,
  };
}

/** SHA-256 over the certificate, as operating systems show it: AB:CD:… */
export function fingerprintOf(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256;
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}
