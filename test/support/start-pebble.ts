import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, issueServerCertificate, namesOfMachine } from '../../src/tls/index.ts';
import { freePort } from './clef-process.ts';

/** A private ACME authority (RFC 8555): Pebble, by the makers of Let's Encrypt. */
export interface Pebble extends AsyncDisposable {
  readonly directoryUrl: string;
  /** Whom to trust to reach it, PEM. */
  readonly authorityFile: string;
  /** Where it looks for answers of the HTTP-01 challenge, whatever the name. */
  readonly challengePort: number;
}

/** Starts Pebble and a DNS server by which every name is this machine, with all their files in `folder`. */
export async function startPebble(folder: string): Promise<Pebble> {
  const names = namesOfMachine({ hostName: 'pebble', addresses: [] });
  const authority = await createAuthority({ label: 'pebble', names, now: Date.now() });
  const { keyPem, certificatePem } = await issueServerCertificate(authority, { names, now: Date.now() });
  const authorityFile = join(folder, 'authority.pem');
  await Promise.all([
    writeFile(authorityFile, authority.certificatePem),
    writeFile(join(folder, 'cert.pem'), certificatePem),
    writeFile(join(folder, 'key.pem'), keyPem),
  ]);
  const [port, managementPort, challengePort, dnsPort] = await Promise.all(
    Array.from({ length: 4 }, () => freePort()),
  );
  const configuration = {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${managementPort}`,
      certificate: join(folder, 'cert.pem'),
      privateKey: join(folder, 'key.pem'),
      httpPort: challengePort,
      tlsPort: challengePort,
    },
  };
  await writeFile(join(folder, 'pebble.json'), JSON.stringify(configuration));
  const dns = spawn(
    'pebble-challtestsrv',
    [
      '-dns01',
      `127.0.0.1:${dnsPort}`,
      '-defaultIPv4',
      '127.0.0.1',
      '-defaultIPv6',
      '',
      '-http01',
      '',
      '-https01',
      '',
      '-tlsalpn01',
      '',
      '-management',
      `127.0.0.1:${await freePort()}`,
    ],
    { stdio: 'ignore' },
  );
  const pebble = spawn(
    'pebble',
    ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dnsPort}`],
    // It waits between checks, and refuses nonces by chance, to annoy clients that are not sound; the waits are left out.
    { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' } },
  );
  const ended = Promise.all([once(dns, 'close'), once(pebble, 'close')]);
  await listening(pebble.stdout);
  return {
    directoryUrl: `https://localhost:${port}/dir`,
    authorityFile,
    challengePort: challengePort ?? 0,
    async [Symbol.asyncDispose]() {
      pebble.kill('SIGKILL');
      dns.kill('SIGKILL');
      await ended;
    },
  };
}

/** Whatever else it says is read on: a program dies of a pipe that nobody reads. */
function listening(output: NodeJS.ReadableStream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  output.on('data', (piece: Buffer) => {
    text += piece.toString();
    if (text.includes('ACME directory available')) resolve();
  });
  output.on('end', () => reject(new Error(`pebble did not start:\n${text}`)));
  return promise;
}
