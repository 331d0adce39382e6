import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fileOfPackage } from '../support/debian.ts';
import { freePort, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { startPebble } from '../support/start-pebble.ts';

async function settingsIn(folder: string) {
  const tlsPort = await freePort();
  return {
    tlsPort,
    settings: { CLEF_DATA: folder, CLEF_TLS_LISTEN: `127.0.0.1:${tlsPort}`, CLEF_WORKERS: '0' },
  };
}

/** As a browser does: by name, and only where the certificate is good for it. */
async function get(port: number, path: string, ca: string, servername = 'localhost'): Promise<string> {
  const asked = request({ host: '127.0.0.1', port, path, ca, servername, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  return text(response);
}

function plain(port: number, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
}

describe('clef tls init', () => {
  it('makes an authority whose certificate a running server takes up, and a page that helps to trust it', async () => {
    await using folder = await temporaryFolder('tls');
    const { settings, tlsPort } = await settingsIn(folder.path);
    await using server = await startClef({ data: folder.path, settings });
    expect((await fetch(`${server.baseUrl}/trust`)).status).toBe(404);

    const made = await runClef(['tls', 'init', '--name', 'music.home.arpa'], settings);
    expect(made.status, made.stderr).toBe(0);
    const authority = await readFile(join(folder.path, 'tls', 'authority.pem'), 'utf8');
    const { fingerprint256 } = new X509Certificate(authority);
    expect(made.stdout).toContain(fingerprint256);

    await expect
      .poll(() => get(tlsPort, '/livez', authority).catch(() => ''), { timeout: 15_000 })
      .toContain('alive');
    expect(await get(tlsPort, '/livez', authority, 'music.home.arpa')).toContain('alive');
    await expect(get(tlsPort, '/livez', authority, 'bank.example.com')).rejects.toThrow(/altnames/i);

    const { validToDate } = new X509Certificate(await readFile(join(folder.path, 'tls', 'server.pem')));
    expect(await (await fetch(`${server.baseUrl}/metrics`)).text()).toContain(
      `\nclef_tls_certificate_expiry_timestamp_seconds ${validToDate.getTime() / 1_000}\n`,
    );

    // Sockets of devices open there too.
    const socket = new WebSocket(`wss://localhost:${tlsPort}/api/v1/playback/socket`, { ca: authority });
    await once(socket, 'open');
    socket.send('{}');
    const [code] = await once(socket, 'close');
    expect(code).toBe(4400);

    // Over plain HTTP there is this page, and the way to TLS for all else.
    const page = await plain(tlsPort, '/trust');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(fingerprint256.replaceAll(':', ' '));
    const file = Buffer.from(await (await plain(tlsPort, '/trust/clef.crt')).arrayBuffer());
    expect(file.equals(new X509Certificate(authority).raw)).toBe(true);
    const profile = await (await plain(tlsPort, '/trust/clef.mobileconfig')).text();
    expect(profile).toContain(file.toString('base64'));
    const elsewhere = await plain(tlsPort, '/rest/ping?u=a');
    expect(elsewhere.status).toBe(308);
    expect(elsewhere.headers.get('location')).toBe(`https://127.0.0.1:${tlsPort}/rest/ping?u=a`);

    // A second run keeps the authority that devices trust already.
    const again = await runClef(['tls', 'init', '--name', 'other.local'], settings);
    expect(again.stdout).toContain(fingerprint256);
    await expect
      .poll(() => get(tlsPort, '/livez', authority, 'other.local').catch(() => ''), { timeout: 15_000 })
      .toContain('alive');
    const foreign = await runClef(['tls', 'init', '--name', 'bank.example.com'], settings);
    expect(foreign).toMatchObject({ status: 2, stderr: expect.stringContaining('--new-authority') });
  });

  it('is there at the next start, and says what is wrong with names and ports', async () => {
    await using folder = await temporaryFolder('tls');
    const { settings, tlsPort } = await settingsIn(folder.path);
    const refused = await runClef(['tls', 'init', '--name', 'not a name'], settings);
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"not a name" is no host name'),
    });
    expect((await runClef(['tls', 'status'], settings)).stdout).toContain('No certificate yet');

    expect((await runClef(['tls', 'init'], settings)).status).toBe(0);
    await using server = await startClef({ data: folder.path, settings });
    const authority = await readFile(join(folder.path, 'tls', 'authority.pem'), 'utf8');
    await expect
      .poll(() => get(tlsPort, '/livez', authority).catch(() => ''), { timeout: 15_000 })
      .toContain('alive');

    await using other = await temporaryFolder('tls');
    await runClef(['tls', 'init'], { ...settings, CLEF_DATA: other.path });
    const taken = await runClef(['start'], {
      ...settings,
      CLEF_DATA: other.path,
      CLEF_LISTEN: `127.0.0.1:${await freePort()}`,
    });
    expect(taken).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('CLEF_TLS_LISTEN: another program'),
    });
    expect(server.process.exitCode).toBeNull();
  });
});

describe('clef tls acme', () => {
  it('gets a certificate from an ACME authority, and serves it', async (context) => {
    fileOfPackage('pebble', '/usr/bin/pebble', context);
    await using folder = await temporaryFolder('acme');
    await using pebble = await startPebble(folder.path);
    const { settings, tlsPort } = await settingsIn(join(folder.path, 'data'));
    const acme = {
      ...settings,
      CLEF_ACME_LISTEN: `127.0.0.1:${pebble.challengePort}`,
      NODE_EXTRA_CA_CERTS: pebble.authorityFile,
    };
    const args = [
      'tls',
      'acme',
      '--name',
      'music.example.org',
      '--email',
      'me@example.org',
      '--directory',
      pebble.directoryUrl,
    ];
    expect(await runClef(args, acme)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--agree'),
    });

    const issued = await runClef([...args, '--agree'], acme);
    expect(issued.status, issued.stderr).toBe(0);
    expect(issued.stdout).toContain('Good for music.example.org');
    const chain = await readFile(join(folder.path, 'data', 'tls', 'server.pem'), 'utf8');
    expect(new X509Certificate(chain).issuer).toContain('Pebble');

    await using server = await startClef({ data: join(folder.path, 'data'), settings });
    expect(server.process.exitCode).toBeNull();
    const served = await vi.waitFor(() => certificateAt(tlsPort), { timeout: 15_000 });
    expect(served.serialNumber).toBe(new X509Certificate(chain).serialNumber);
    expect((await plain(tlsPort, '/trust')).status).toBe(404);
  });

  it('says what the authority said, and leaves what is in force', async (context) => {
    fileOfPackage('pebble', '/usr/bin/pebble', context);
    await using folder = await temporaryFolder('acme');
    await using pebble = await startPebble(folder.path);
    const { settings } = await settingsIn(join(folder.path, 'data'));
    await runClef(['tls', 'init'], settings);
    const before = await readFile(join(folder.path, 'data', 'tls', 'server.pem'), 'utf8');
    // Answers where nobody asks.
    const acme = {
      ...settings,
      CLEF_ACME_LISTEN: `127.0.0.1:${await freePort()}`,
      NODE_EXTRA_CA_CERTS: pebble.authorityFile,
    };
    const refused = await runClef(
      [
        'tls',
        'acme',
        '--name',
        'music.example.org',
        '--email',
        'me@example.org',
        '--directory',
        pebble.directoryUrl,
        '--agree',
      ],
      acme,
    );
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no certificate was issued'),
    });
    expect(refused.stderr).not.toContain('\n    at ');
    expect(await readFile(join(folder.path, 'data', 'tls', 'server.pem'), 'utf8')).toBe(before);
  });
});

async function certificateAt(port: number): Promise<X509Certificate> {
  const asked = request({ host: '127.0.0.1', port, path: '/livez', rejectUnauthorized: false, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return new X509Certificate(response.socket.getPeerCertificate().raw);
}
