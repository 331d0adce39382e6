import { escapeHtml } from '../escape-html.ts';
import { landingStyle } from '../native/landing-style.ts';

/** On top of the landing page's look. */
export const trustStyle = `${landingStyle}
h2:not(:first-child){margin-top:2rem}
details{border-top:1px solid var(--line);padding:.85rem 0}
details:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;font-weight:600;min-height:1.75rem}
summary:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.4rem}
details ol{margin-top:.9rem}
a{color:var(--accent)}
.go{display:inline-block;margin:.2rem .6rem .9rem 0;padding:.7rem 1.1rem;border-radius:.8rem;background:var(--accent);color:var(--card);font-weight:600;text-decoration:none}
`;

export interface TrustView {
  /** SHA-256, AB:CD:… */
  readonly fingerprint: string;
  /** Where Clef is, once the device trusts it. */
  readonly secureAddress: string;
  /** Where this page's files lie, without a slash at its end. */
  readonly basePath: string;
}

interface Device {
  readonly name: string;
  readonly file: string;
  readonly steps: readonly string[];
}

const devices: readonly Device[] = [
  {
    name: 'iPhone and iPad',
    file: 'clef.mobileconfig',
    steps: [
      'Download the profile in Safari, and allow it.',
      'Settings › General › VPN &amp; Device Management: install the profile “Clef”.',
      'Settings › General › About › Certificate Trust Settings: turn “Clef” on.',
    ],
  },
  {
    name: 'Android',
    file: 'clef.crt',
    steps: [
      'Download the certificate.',
      'Settings › Security › More › Encryption &amp; credentials › Install a certificate › CA certificate.',
      'Choose the file. Firefox also wants Settings › About Firefox: tap the logo five times, then Secret Settings › Use third party CA certificates.',
    ],
  },
  {
    name: 'Mac',
    file: 'clef.crt',
    steps: [
      'Download the certificate and open it: Keychain Access asks where to add it; choose “login”.',
      'Open “Clef of …” there, then Trust › When using this certificate: Always Trust.',
    ],
  },
  {
    name: 'Windows',
    file: 'clef.crt',
    steps: [
      'Download the certificate and open it; Install Certificate › Current User.',
      'Place it in “Trusted Root Certification Authorities”.',
    ],
  },
  {
    name: 'Linux, and Firefox anywhere',
    file: 'clef.pem',
    steps: [
      'Firefox: Settings › Privacy &amp; Security › View Certificates › Authorities › Import.',
      'Chromium and Chrome: Settings › Privacy and security › Security › Manage certificates › Custom › Import.',
      'Whole system (Debian): copy it to /usr/local/share/ca-certificates/clef.crt and run update-ca-certificates.',
    ],
  },
];

/** How each kind of device comes to trust the household's authority. Needs no script, and loads nothing. */
export function trustPage({ fingerprint, secureAddress, basePath }: TrustView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Trust Clef on this device</title>
<style>${trustStyle}</style>
</head>
<body>
<main>
<header>
<div><h1>Trust Clef on this device</h1><p class="state">Once, so that the browser lets Clef decrypt your music here.</p></div>
</header>
<section aria-labelledby="compare">
<h2 id="compare">1. Compare</h2>
<p class="hint">This page came before any trust. Whoever stands between you and your server could show another certificate: go on only where these are the letters that <em>clef tls status</em> prints on the server, and that your device shows for the certificate.</p>
<code>${escapeHtml(fingerprint.replaceAll(':', ' '))}</code>
<p class="hint">It can only vouch for this server and for private networks, never for a bank or a shop.</p>
<h2 id="install">2. Install</h2>
${devices.map((device) => deviceSteps(device, basePath)).join('\n')}
<h2>3. Listen</h2>
<a class="go" href="${escapeHtml(secureAddress)}">Open Clef</a>
<p class="hint">${escapeHtml(secureAddress)}</p>
</section>
<footer>To take the trust back, remove the certificate or the profile where you installed it.</footer>
</main>
</body>
</html>
`;
}

function deviceSteps({ name, file, steps }: Device, basePath: string): string {
  const list = steps.map((step) => `<li><p>${step}</p></li>`).join('');
  return `<details><summary>${name}</summary><ol>${list}</ol><a class="go" href="${basePath}/trust/${file}" download>Download ${file}</a></details>`;
}
