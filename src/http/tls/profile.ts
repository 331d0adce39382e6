import { createHash, X509Certificate } from 'node:crypto';
import { escapeHtml } from '../escape-html.ts';

/**
 * The authority as Apple's systems install it (Apple Platform Deployment, "CertificateRoot"). Its identifiers follow
 * from the certificate, so that the same one is installed once.
 */
export function appleProfile(authorityPem: string): string {
  const certificate = new X509Certificate(authorityPem);
  const digest = createHash('sha256').update(certificate.raw).digest('hex');
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? 'Clef';
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadContent</key><array><dict>
<key>PayloadCertificateFileName</key><string>clef.cer</string>
<key>PayloadContent</key><data>${certificate.raw.toString('base64')}</data>
<key>PayloadDisplayName</key><string>${escapeHtml(name)}</string>
<key>PayloadIdentifier</key><string>clef.authority.${digest.slice(0, 16)}</string>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadUUID</key><string>${uuid(digest.slice(0, 32))}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></array>
<key>PayloadDisplayName</key><string>Clef</string>
<key>PayloadDescription</key><string>Lets this device trust your own Clef server.</string>
<key>PayloadIdentifier</key><string>clef.profile.${digest.slice(0, 16)}</string>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>${uuid(digest.slice(32, 64))}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`;
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .join('-')
    .toUpperCase();
}
