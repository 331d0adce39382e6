import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issueServerCertificate, parseSubjectName } from '../../tls/index.ts';
import { answersAt } from '../app/answers-at.ts';
import { writeDurably } from '../data-folder.ts';
import { ProcessPart } from './process-part.ts';
import { clefProgram } from './run-command.ts';

const CACHE_MIB = 512;
/** All listeners of a trial come from one address. */
const CONNECTIONS_AN_ADDRESS = 10_000;
/** Before its end. */
const RENEWED_BEFORE_MS = 30 * 86_400_000;
const NAMES = ['localhost', '127.0.0.1'];

export interface EdgeOptions {
  readonly listen: string;
  readonly baseUrl: string;
  /** `CLEF_DATA` and `CLEF_NATS`: whose servers, and where they say that they are there. */
  readonly env: Readonly<Record<string, string>>;
  readonly now: number;
}

/** NGINX with TLS, kept by `clef edge watch` to the servers that announce themselves. */
export async function edgePart(folder: string, options: EdgeOptions): Promise<ProcessPart> {
  const place = join(folder, 'edge');
  for (const part of ['conf', 'nginx']) await mkdir(join(place, part), { recursive: true, mode: 0o700 });
  const certificate = join(place, 'certificate.pem');
  const key = join(place, 'key.pem');
  await writeCertificate(certificate, key, options.now);
  const file = join(place, 'cluster.toml');
  const table = {
    names: ['localhost'],
    listen: options.listen,
    certificate,
    key,
    folder: join(place, 'nginx'),
    cache_mib: CACHE_MIB,
    connections_an_address: CONNECTIONS_AN_ADDRESS,
    // Started as root, NGINX would give up the right to read a folder of root's.
    ...(process.getuid?.() === 0 && { user: userInfo().username }),
  };
  const lines = Object.entries(table).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  await writeFile(file, `${['[edge]', ...lines].join('\n')}\n`, { mode: 0o600 });
  const address = `https://${options.listen}/livez`;
  return new ProcessPart({
    name: 'edge',
    kind: 'edge',
    serves: options.baseUrl,
    command: [
      ...clefProgram(),
      'edge',
      'watch',
      file,
      '--out',
      join(place, 'conf'),
      '--run',
      '--check',
      address,
    ],
    env: options.env,
    logFile: join(place, 'log'),
    answers: () => answersAt(address),
  });
}

/** Of an authority of its own, whose key is kept nowhere; the same at each start until it nears its end. */
async function writeCertificate(certificateFile: string, keyFile: string, now: number): Promise<void> {
  const known = await readFile(certificateFile, 'utf8').catch(() => undefined);
  if (known !== undefined && !isStale(known, now)) return;
  const names = NAMES.map(parseSubjectName);
  const authority = await createAuthority({ label: 'a cluster on this machine', names, now });
  const issued = await issueServerCertificate(authority, { names, now });
  await writeDurably(keyFile, issued.keyPem);
  await writeDurably(certificateFile, issued.certificatePem);
}

function isStale(pem: string, now: number): boolean {
  return new X509Certificate(pem).validToDate.getTime() - now < RENEWED_BEFORE_MS;
}
