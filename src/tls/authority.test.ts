import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/clef-process.ts';
import { opensslSkipped } from '../../test/support/openssl.ts';
import { createAuthority, fingerprintOf, issueServerCertificate } from './authority.ts';
import { TlsFolder } from './folder.ts';
import { isDue, issue } from './issue.ts';
import { namesOfMachine, parseSubjectName } from './names.ts';

const DAY_MS = 86_400_000;
const now = Date.UTC(2026, 10, 29);
const machine = namesOfMachine({
  hostName: 'Cellar.example.net',
  addresses: [
    { address: '192.168.4.7', internal: false },
    { address: 'fe80::1', internal: false },
    { address: '2001:db8::7', internal: false },
    { address: '10.9.9.9', internal: true },
  ],
});

describe('names of a machine', () => {
  it('are what it is reached by in its own network, and stay the same from day to day', () => {
    expect(machine.map(({ value }) => value)).toEqual([
      'localhost',
      'cellar',
      'cellar.local',
      'cellar.example.net',
      '127.0.0.1',
      '::1',
      '192.168.4.7',
    ]);
  });

  it('are written as certificates hold them, or refused', () => {
    expect(parseSubjectName('Bücher.example.')).toEqual({ kind: 'dns', value: 'xn--bcher-kva.example' });
    expect(parseSubjectName('[::1]')).toEqual({ kind: 'ip', value: '::1' });
    for (const text of ['', 'a b', '-a', '*.example', 'a..b', `${'x'.repeat(64)}.de`, 'http://a']) {
      expect(() => parseSubjectName(text), text).toThrow(/no host name/);
    }
  });
});

describe('an authority of a household', () => {
  it.skipIf(opensslSkipped)(
    'vouches for the machine and private networks, and OpenSSL refuses it anything else',
    async () => {
      await using folder = await temporaryFolder('authority');
      const authority = await createAuthority({ label: 'cellar', names: machine, now: Date.now() });
      const file = join(folder.path, 'authority.pem');
      await writeFile(file, authority.certificatePem);

      async function verdict(name: string): Promise<string> {
        const server = await issueServerCertificate(authority, {
          names: [parseSubjectName(name)],
          now: Date.now(),
        });
        const leaf = join(folder.path, 'leaf.pem');
        await writeFile(leaf, server.certificatePem);
        const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', file, leaf], {
          encoding: 'utf8',
        });
        return stdout + stderr;
      }
      for (const name of ['cellar.example.net', 'any.local', '192.168.200.1', '::1', 'fd12::9']) {
        expect(await verdict(name), name).toContain('OK');
      }
      for (const name of ['example.net', 'bank.example.com', '8.8.8.8', '2001:db8::1']) {
        expect(await verdict(name), name).toContain('permitted subtree violation');
      }
    },
  );
});

describe('a certificate', () => {
  it('is due when its end is near or the machine has a new address, and not before', async () => {
    await using data = await temporaryFolder('tls');
    const folder = new TlsFolder(data.path);
    let today = now;
    const context = {
      folder,
      machine,
      label: 'cellar',
      challengeListen: { host: '127.0.0.1', port: 0 },
      now: () => today,
    };
    const plan = { kind: 'local', names: [parseSubjectName('music.lan')] } as const;
    const server = await issue(plan, context);
    expect(new X509Certificate(server.certificatePem).checkHost('music.lan')).toBe('music.lan');
    expect(await isDue(plan, server, context)).toBe(false);

    const moved = [...machine, parseSubjectName('192.168.4.8')];
    expect(await isDue(plan, server, { ...context, machine: moved })).toBe(true);
    // What the authority may not vouch for would be due for ever.
    const strange = [...machine, parseSubjectName('203.0.113.5')];
    expect(await isDue(plan, server, { ...context, machine: strange })).toBe(false);

    today = now + 370 * DAY_MS;
    expect(await isDue(plan, server, context)).toBe(true);
    const fingerprint = fingerprintOf((await folder.authority())?.certificatePem ?? '');
    const next = await issue(plan, context);
    expect(await isDue(plan, next, context)).toBe(false);
    expect(fingerprintOf((await folder.authority())?.certificatePem ?? '')).toBe(fingerprint);
  });
});
