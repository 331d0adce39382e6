import type { RecoveryKit } from './kit.ts';

/**
 * The kit on paper: everything but the passphrase, for which there is a line to write on. One file without
 * script, images or links to elsewhere, so that it prints the same in twenty years.
 */
export function renderRecoveryPage(kit: RecoveryKit): string {
  const made = new Date(kit.createdAtMs).toISOString().slice(0, 10);
  const nodes = kit.nodes
    .map(({ id, place }) => `<tr><td>${escapeHtml(place)}</td><td><code>${grouped(id, 8)}</code></td></tr>`)
    .join('\n        ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Clef recovery kit, ${made}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
  <header>
    ${MARK}
    <div>
      <h1>Recovery kit</h1>
      <p class="sub">Clef music library, made on <time datetime="${made}">${made}</time></p>
    </div>
  </header>

  <p class="lead">With this kit, its passphrase and the storage nodes below, the whole library comes back: the
  music, the listeners, their playlists. Without the passphrase it opens nothing. Without the kit, a lost server
  takes the library with it.</p>

  <section class="passphrase">
    <h2>Passphrase</h2>
    <p class="line" aria-label="write the passphrase here by hand"></p>
    <p class="hint">Write it by hand, or better, keep it in another place than this page. It is on no computer of
    Clef's. Capitals, dashes and spaces do not matter in a passphrase that Clef made; the digits 0 and 1 stand
    where a letter might be suspected.</p>
  </section>

  <section>
    <h2>Library</h2>
    <dl>
      <dt>Library</dt><dd><code>${grouped(kit.libraryId, 8)}</code></dd>
      <dt>Root fingerprint</dt><dd><code>${breakable(kit.rootFingerprint)}</code></dd>
      <dt>Recovery key</dt><dd><code>${breakable(kit.recoveryThumbprint)}</code></dd>
    </dl>
  </section>

  <section>
    <h2>Storage nodes</h2>
    <table>
      <thead><tr><th>Place</th><th>Node</th></tr></thead>
      <tbody>
        ${nodes}
      </tbody>
    </table>
  </section>

  <section>
    <h2>What to do</h2>
    <ol>
      <li><b>Now:</b> copy the folder of this page to two places away from the server, a USB stick and another house
      for instance, and print this page. Then remove it from the server.</li>
      <li><b>Once a year:</b> <code>clef keys drill</code> proves that kit and passphrase still open what the
      nodes hold.</li>
      <li><b>After a loss:</b> connect the nodes to a new machine, install Clef and run
      <code>clef vault recover</code> with the folder of this kit.</li>
      <li><b>From paper:</b> type or scan the two keys below, each with its first and last line, into
      <code>recovery-key.pem</code> and <code>root-key.pem</code>. They are PKCS#8 under PBES2 (PBKDF2-HMAC-SHA-256,
      1,000,000 rounds, AES-256-CBC); <code>openssl pkey -in root-key.pem -noout -text</code> opens them without
      Clef.</li>
    </ol>
  </section>

  <section class="key">
    <h2>Recovery key <small>RSA-4096, recovery-key.pem</small></h2>
    <pre>${escapeHtml(kit.recoveryKeyPem.trim())}</pre>
  </section>
  <section class="key">
    <h2>Root key <small>Ed25519, root-key.pem</small></h2>
    <pre>${escapeHtml(kit.rootKeyPem.trim())}</pre>
  </section>
</main>
</body>
</html>
`;
}

/** A note on its staff; drawn, since few fonts hold a clef. */
const MARK = `<svg class="mark" viewBox="0 0 64 40" width="80" height="50" aria-hidden="true">
      <path d="M0 4h64M0 12h64M0 20h64M0 28h64M0 36h64" stroke="#b9b1a1" stroke-width=".8"/>
      <ellipse cx="30" cy="24" rx="5.6" ry="4" transform="rotate(-20 30 24)" fill="#1c1b19"/>
      <path d="M35.2 22.2V1.5" stroke="#1c1b19" stroke-width="1.3"/>
    </svg>`;

const STYLE = `
  :root { color-scheme: light; --ink: #1c1b19; --soft: #6b665e; --rule: #d8d2c6; --paper: #fffdf8; }
  * { box-sizing: border-box; }
  body { margin: 0; background: #efeae0; color: var(--ink);
    font: 15px/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif; }
  main { max-width: 46rem; margin: 2.5rem auto; padding: 3.25rem 3.5rem; background: var(--paper);
    box-shadow: 0 1px 2px #0002, 0 12px 40px #0000000f; }
  header { display: flex; align-items: center; gap: 1.1rem; padding-bottom: 1.4rem; border-bottom: 1px solid var(--rule); }
  .mark { flex: none; }
  h1 { margin: 0; font-size: 2rem; font-weight: 500; letter-spacing: -.01em; }
  .sub { margin: .1rem 0 0; color: var(--soft); font-style: italic; }
  .lead { margin: 1.6rem 0; font-size: 1.08rem; }
  h2 { margin: 2rem 0 .6rem; font-size: .78rem; font-weight: 600; letter-spacing: .12em; text-transform: uppercase; }
  h2 small { font: inherit; letter-spacing: 0; text-transform: none; font-weight: 400; color: var(--soft); padding-left: .6em; }
  .line { height: 2.6rem; margin: 0; border-bottom: 1.5px solid var(--ink); }
  .hint { margin: .6rem 0 0; color: var(--soft); font-size: .9rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; }
  dt { color: var(--soft); } dd { margin: 0; }
  code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: .86em; font-variant-ligatures: none; }
  code i { font-style: normal; padding-left: .35em; }
  table { width: 100%; border-collapse: collapse; }
  th { text-align: left; font-weight: 400; color: var(--soft); }
  th, td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: anywhere; }
  ol { margin: 0; padding-left: 1.2rem; } li { margin: .4rem 0; }
  pre { margin: 0; padding: .9rem 1.1rem; border: 1px solid var(--rule); line-height: 1.35; font-size: 11.5px;
    white-space: pre-wrap; overflow-wrap: anywhere; }
  @media (max-width: 40rem) { main { margin: 0; padding: 1.6rem 1.25rem; } dl { grid-template-columns: 1fr; } }
  @media print {
    @page { margin: 18mm 17mm; }
    body { background: none; font-size: 10.5pt; }
    main { max-width: none; margin: 0; padding: 0; box-shadow: none; background: none; }
    section { break-inside: avoid; } .key { break-before: auto; }
    pre { font-size: 8.5pt; border-color: #999; }
  }
`;

const GROUP_GAP = '<i></i>';

/** Gaps for the eye that are not copied: the text stays one word. */
function grouped(text: string, size: number): string {
  return (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).map(escapeHtml).join(GROUP_GAP);
}

function breakable(text: string): string {
  return (text.match(/.{1,11}/g) ?? []).map(escapeHtml).join('<wbr>');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
