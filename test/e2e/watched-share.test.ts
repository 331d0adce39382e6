import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { runClef, temporaryFolder } from '../support/clef-process.ts';
import { isAbsent } from '../support/debian.ts';
import { EventListener } from '../support/event-listener.ts';
import { toneWav } from '../support/media-tags.ts';
import { SMBCLIENT, SMBD } from '../support/start-samba.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWatchedShare, type WatchedShare } from '../support/watched-share.ts';

/** The server is one for all; each test has songs of its own. */
describe.skipIf(isAbsent(SMBD) || isAbsent(SMBCLIENT))('a share that others change', () => {
  const stack = new AsyncDisposableStack();
  let world: WatchedShare;
  let folder: string;
  let browser: ApiBrowser;
  beforeAll(async () => {
    world = stack.use(await startWatchedShare());
    folder = stack.use(await temporaryFolder('saved')).path;
    browser = new ApiBrowser(world.clef.baseUrl);
    const password = world.clef.settings.CLEF_ADMIN_PASSWORD ?? '';
    await browser.call(routes.signIn, { body: { username: 'admin', password } });
  });
  afterAll(() => stack.disposeAsync());

  const song = (seed: number, title: string): Buffer =>
    toneWav(0.3, seed, { INAM: title, IART: 'Artist', IPRD: 'Album' });

  async function save(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(folder, 'file.wav'), bytes);
    await world.smbclient(`put file.wav ${name}`, folder);
  }

  const found = async (title: string): Promise<string> =>
    waitFor(title, async () => (await world.tracksCalled(title))[0]);

  const trackOf = async (title: string) => {
    const { tracks } = await browser.call(routes.tracks, {});
    return tracks.find((track) => track.title === title);
  };

  test('what is saved, edited and removed is announced, found, played, and marked', async () => {
    for (let i = 0; i < 5; i++) await save(`other${i}.wav`, song(100 + i, `Other ${i}`));
    await found('Other 4');
    await using listener = await EventListener.open(browser);
    await save('saved.wav', song(1, 'Saved'));
    const id = await found('Saved');
    expect(await listener.next()).toMatchObject({
      kind: expect.stringMatching(/library-changed|import-progress/),
    });
    const stream = await fetch(world.player.url('stream', { id }));
    expect(Buffer.compare(Buffer.from(await stream.arrayBuffer()), song(1, 'Saved'))).toBe(0);

    const before = await trackOf('Saved');
    await save('saved.wav', song(1, 'Edited and longer'));
    await found('Edited and longer');
    expect((await trackOf('Edited and longer'))?.id).toBe(before?.id);
    expect(await world.tracksCalled('Saved')).toEqual([]);

    await world.smbclient('del saved.wav');
    const missing = await waitFor('a mark', async () => {
      const track = await trackOf('Edited and longer');
      return track?.sourceMissingSinceMs === undefined ? undefined : track;
    });
    expect(missing.id).toBe(before?.id);
    let event = await listener.next();
    while (event?.kind !== 'library-changed') event = await listener.next();
  });

  test('a file is left alone while it is written, and taken once it is whole', async () => {
    const bytes = song(7, 'Slowly written');
    await using writer = world.client();
    const file = await writer.create('slow.wav');
    await file.write(bytes.subarray(0, 1_000));
    // Saved after it began, and there before it ends: so it was looked at, and left alone.
    await save('quick.wav', song(8, 'Quickly written'));
    await found('Quickly written');
    expect(await world.tracksCalled('Slowly written')).toEqual([]);
    await file.write(bytes.subarray(1_000));
    await file.close();
    await found('Slowly written');
    expect((await trackOf('Slowly written'))?.durationMs).toBe(300);
  });

  test('that is not there, or does not let Clef in, is told, and becomes no source', async () => {
    const { host, port, credentials } = world.samba;
    const key = join(folder, 'wrong.toml');
    await writeFile(key, `user = "${credentials.user}"\npassword = "wrong"\n`);
    for (const [address, reason] of [
      [`smb://${host}:${port}/music/album?key=${key}`, 'refuses the user or the password'],
      [`smb://${host}:${port}/music/album?key=${join(folder, 'none.toml')}`, 'cannot be read'],
    ] as const) {
      const { status, stderr } = await runClef(['source', 'add', address], world.clef.settings);
      expect(status).toBe(1);
      expect(stderr).toContain(reason);
      expect(stderr).not.toContain(credentials.password);
    }
    const { files, mode } = await world.source();
    expect({ files, mode }).toEqual({ files: 7, mode: 'notified' });
  });
});
