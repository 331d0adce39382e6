import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { copyFirstStart } from '../support/first-start.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';

const secrets = {
  CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
  CLEF_RECOVERY_PASSPHRASE: 'velvet otter piano gravel',
};

interface Summary {
  readonly added: number;
  readonly unchanged: number;
  readonly missing: number;
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
}

describe('the command line', () => {
  let place: Awaited<ReturnType<typeof temporaryFolder>>;
  let settings: Record<string, string>;
  let music: string;
  beforeEach(async () => {
    place = await temporaryFolder('cli');
    settings = { ...secrets, CLEF_DATA: join(place.path, 'data') };
    music = join(place.path, 'music');
    await mkdir(music);
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const clef = (...args: string[]) => runClef(args, settings);
  /** The library begins with keys that other tests have too. */
  const begin = () => copyFirstStart(settings['CLEF_DATA'] ?? '');

  async function importMusic(
    ...args: string[]
  ): Promise<Summary & { status: number | null; stderr: string }> {
    const { status, stdout, stderr } = await clef('import', ...args, '--json');
    return { ...(JSON.parse(stdout === '' ? '{}' : stdout) as Summary), status, stderr };
  }

  /** One sentence for a person: no stack, no second line. */
  function expectOneSentence(stderr: string, ...parts: string[]): void {
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('clef: '));
    expect(lines).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    for (const part of parts) expect(lines[0]).toContain(part);
  }

  it('makes a demo album beside the data folder where no music was named', async () => {
    const data = join(place.path, 'data');
    const server = await startClef({ data, folders: [] });
    try {
      const client = new SubsonicClient(server.baseUrl, await server.credentials());
      await expect
        .poll(async () => (await client.get('getAlbumList2', { type: 'newest' })).albumList2, {
          timeout: 100_000,
        })
        .toMatchObject({ album: [{ name: 'First Sound' }] });
      const files = await readdir(join(place.path, 'clef-demo-album'));
      expect(files.some((name) => name.endsWith('.wav'))).toBe(true);
    } finally {
      await server.stop('SIGKILL');
    }
  });

  it('imports, looks again, and touches only what changed', async () => {
    await writeFile(join(music, 'one.wav'), toneWav(1));
    await writeFile(join(music, 'two.wav'), toneWav(2));
    expect(await importMusic(music)).toMatchObject({ added: 2, failures: [], status: 0 });
    expect(await importMusic()).toMatchObject({ added: 0, unchanged: 2, status: 0 });
  });

  it('names a folder that is not there, and does not keep it', async () => {
    await begin();
    const absent = join(place.path, 'absent');
    expect(await importMusic(absent)).toMatchObject({ status: 1, failures: [{ path: absent }] });
    expect(await importMusic()).toMatchObject({ status: 0, failures: [] });
  });

  it('reports an unreadable file at the end and imports the others', async () => {
    await begin();
    await writeFile(join(music, 'good.wav'), toneWav(1));
    await writeFile(join(music, 'empty.mp3'), '');
    await writeFile(join(music, 'text\nfile.flac'), 'this is not music');
    const outcome = await importMusic(music);
    expect(outcome).toMatchObject({ added: 1, status: 1 });
    expect(outcome.failures.map(({ path }) => path).join(' ')).toMatch(/empty\.mp3.*text/);
    for (const { path, reason } of outcome.failures) {
      expect(path).not.toContain('\n');
      expect(reason).not.toBe('');
    }
  });

  it('loses nothing when a source is unmounted between two scans', async () => {
    await begin();
    await writeFile(join(music, 'one.wav'), toneWav(1));
    await importMusic(music);
    await rename(music, join(place.path, 'elsewhere'));
    await mkdir(music);
    const emptied = await importMusic();
    expect(emptied).toMatchObject({ status: 1, missing: 0 });
    expect(emptied.failures[0]?.reason).toMatch(/lost|files|empty/);
    await rm(music, { recursive: true });
    await rename(join(place.path, 'elsewhere'), music);
    expect(await importMusic()).toMatchObject({ unchanged: 1, missing: 0, status: 0 });
  });

  it('stops with one clear sentence when a disk fills up, keeps what is done, and goes on later', async (context) => {
    const disk = join(place.path, 'disk');
    await mkdir(disk);
    const mounted = await mountSmallDisk(disk, 6 * 2 ** 20);
    if ('skipped' in mounted) {
      context.skip(mounted.skipped);
      return;
    }
    try {
      settings = { ...settings, CLEF_NODES: join(disk, 'node') };
      for (let i = 0; i < 12; i++) await writeFile(join(music, `${i}.wav`), toneWav(8 + i));
      const full = await importMusic(music);
      expect(full.status).toBe(1);
      expectOneSentence(full.stderr, 'no space');
      const { tracks } = JSON.parse((await clef('status', '--json')).stdout) as { tracks: number };
      expect(tracks).toBeGreaterThan(0);
      expect(tracks).toBeLessThan(12);
      for (let i = 0; i < 12; i++) if (i > 2) await rm(join(music, `${i}.wav`));
      const scrub = JSON.parse((await clef('vault', 'scrub', '--json')).stdout) as {
        damaged: number;
        lost: number;
      };
      expect(scrub).toMatchObject({ damaged: 0, lost: 0 });
    } finally {
      await mounted.unmount();
    }
  });

  it('refuses a second server on one data folder, and works beside the first', async () => {
    await using server = await startClef({ data: settings.CLEF_DATA ?? '', folders: [music] });
    const second = await runClef(['start'], {
      ...server.settings,
      CLEF_LISTEN: `127.0.0.1:${await freePort()}`,
    });
    expect(second.status).toBe(1);
    expectOneSentence(second.stderr, 'another Clef server is using this data folder');
    expect((await runClef(['user', 'add', 'ada'], server.settings)).status).toBe(0);
    expect((await runClef(['user', 'list'], server.settings)).stdout).toContain('ada');
  });

  it('says when its port is taken', async () => {
    await begin();
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const { status, stderr } = await runClef(['start'], { ...settings, CLEF_LISTEN: `127.0.0.1:${port}` });
      expect(status).toBe(2);
      expectOneSentence(stderr, `another program listens at 127.0.0.1:${port}`);
    } finally {
      other.close();
    }
  });

  it('refuses a data folder of a newer version', async () => {
    await begin();
    const file = join(settings.CLEF_DATA ?? '', 'clef.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"format": 1', '"format": 99'));
    const { status, stderr } = await clef('start');
    expect(status).toBe(1);
    expectOneSentence(stderr, 'format 99', 'update Clef');
  });

  it('begins no library for a command that only looks', async () => {
    for (const command of ['status', 'keys', 'vault'] as const) {
      const { status, stderr } = await clef(...(command === 'status' ? [command] : [command, 'status']));
      expect(status).toBe(1);
      expectOneSentence(stderr, 'there is no library yet');
    }
    await expect(stat(settings.CLEF_DATA ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lists all faults of a configuration at once', async () => {
    settings = {
      ...settings,
      CLEF_LISTEN: 'x',
      CLEF_POLICY: 'x',
      CLEF_PADDING: 'x',
      CLEF_BASE_URL: 'x',
      CLEF_WORKERS: 'x',
    };
    const { status, stderr } = await clef('start');
    expect(status).toBe(2);
    expect(stderr).toContain('5 faults');
  });

  it('shows generated secrets to a terminal only, and names the 0600 file otherwise', async () => {
    settings = { CLEF_DATA: settings.CLEF_DATA ?? '' };
    const { stdout, stderr } = await clef('user', 'add', 'ada');
    const files = [...stderr.matchAll(/written to (\S+),/g)].map((match) => match[1] ?? '');
    expect(files).toHaveLength(3);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const secret = (await readFile(file, 'utf8')).trim();
      expect(secret.length).toBeGreaterThan(20);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('makes, lists and revokes what players sign in with', async () => {
    await using server = await startClef({
      isFirstStart: true,
      data: settings.CLEF_DATA ?? '',
      folders: [music],
    });
    const run = (...args: string[]) => runClef(args, server.settings);
    const credentials = await server.credentials('phone');
    const client = new SubsonicClient(server.baseUrl, credentials);
    expect((await client.call('ping')).status).toBe('ok');
    const [listed] = JSON.parse((await run('app-password', 'list', 'admin', '--json')).stdout) as {
      id: number;
      clientName: string;
    }[];
    expect(listed?.clientName).toBe('phone');
    expect((await run('app-password', 'revoke', 'admin', String(listed?.id))).status).toBe(0);
    expect((await client.call('ping')).error?.code).toBe(40);
    const { apiKey } = JSON.parse(
      (await run('api-key', 'create', 'admin', '--client', 'x', '--json')).stdout,
    ) as { apiKey: string };
    const answer = await fetch(`${server.baseUrl}/rest/ping?apiKey=${apiKey}&v=1.16.1&c=x&f=json`);
    expect(await answer.text()).toContain('"status":"ok"');
    expect(server.log()).not.toContain(apiKey);
    expect(server.log()).not.toContain(credentials.password);
  });

  it('never prints a path of a source, a password or a token into a log', async () => {
    const secretFolder = join(music, 'Private Folder');
    await mkdir(secretFolder);
    await writeFile(join(secretFolder, 'broken.flac'), 'nothing');
    await using server = await startClef({ data: settings.CLEF_DATA ?? '', folders: [music] });
    const client = new SubsonicClient(server.baseUrl, await server.credentials());
    await client.call('getAlbumList2', { type: 'nonsense' });
    await client.call('stream', { id: 'tr-zzz' });
    await server.stop();
    expect(server.log()).not.toContain('Private Folder');
    expect(server.log()).not.toContain('broken.flac');
    expect(server.log()).not.toMatch(/[?&](t|s|p|apiKey)=/);
  });

  it('repeats no password of a catalogue’s address that it refuses', async () => {
    const address = 'mysql://user:hunter2@db.example/clef';
    for (const places of [
      [address, 'file'],
      ['file', address],
    ]) {
      const { status, stdout, stderr } = await clef('catalog', 'copy', ...places);
      expect(status).toBe(2);
      expectOneSentence(stderr, 'must be');
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });
});
