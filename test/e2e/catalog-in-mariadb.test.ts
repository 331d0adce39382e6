import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { MARIADBD, startMariadb } from '../support/start-mariadb.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

const music = toneWav(5);

describe('a server whose catalogue is in MariaDB', () => {
  it('loses nothing with its own process or the database’s, and says which of them is away', async (context) => {
    fileOfPackage('mariadb-server', MARIADBD, context);
    await using mariadb = await startMariadb({ isDurable: true });
    await using place = await temporaryFolder('mariadb-catalogue');
    const { host, port, database, user, password } = await mariadb.newDatabase();
    const keyFile = join(place.path, 'catalogue.key');
    await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    const folder = join(place.path, 'music');
    await mkdir(folder);
    await writeFile(join(folder, 'one.wav'), music);
    const settings = { CLEF_CATALOG: `mysql://${host}:${port}/${database}?key=${keyFile}` };
    const data = join(place.path, 'data');
    await using first = await startClef({ data, folders: [folder], settings });
    const credentials = await first.credentials();
    const client = new SubsonicClient(first.baseUrl, credentials);
    const id = await waitFor('an import', async () => {
      const [song] = await client.allSongs();
      return song && String(song['id']);
    });
    await client.get('star', { id });
    const play = async (listener: SubsonicClient) => {
      const answer = await fetch(listener.url('stream', { id }));
      return Buffer.compare(Buffer.from(await answer.arrayBuffer()), music);
    };
    expect(await play(client)).toBe(0);

    const second = await runClef(['start'], { ...settings, CLEF_DATA: join(place.path, 'other') });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('another library');

    await mariadb.kill();
    const refused = await fetch(client.url('getAlbumList2', { type: 'newest' }));
    expect(await refused.text()).toContain('catalogue');
    await mariadb.start();
    const starred = async () => (await client.get('getStarred2'))['starred2'] as { song?: unknown[] };
    await waitFor('the database', async () =>
      starred().then(
        ({ song }) => song?.length === 1 || undefined,
        () => undefined,
      ),
    );

    await first.stop('SIGKILL');
    await using again = await startClef({ data, settings, isFirstStart: true });
    const back = new SubsonicClient(again.baseUrl, credentials);
    const { song } = (await back.get('getStarred2'))['starred2'] as { song?: { id: string }[] };
    expect(song?.map((one) => one.id)).toEqual([id]);
    expect(await play(back)).toBe(0);
    await again.stop();

    const dump = join(place.path, 'dump.sqlite');
    const dumped = await runClef(['catalog', 'dump', dump], { ...settings, CLEF_DATA: data });
    expect(dumped).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Dumped [\d,]+ rows/) as string,
    });
    expect((await stat(dump)).mode & 0o777).toBe(0o600);
    const over = await runClef(['catalog', 'restore', dump], { ...settings, CLEF_DATA: data });
    expect(over).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is a catalogue already') as string,
    });
    const restored = await runClef(['catalog', 'restore', dump], { CLEF_DATA: data });
    expect(restored).toMatchObject({ status: 0, stdout: dumped.stdout.replace('Dumped', 'Restored') });
    await using home = await startClef({ data, isFirstStart: true });
    const { song: kept } = (await new SubsonicClient(home.baseUrl, credentials).get('getStarred2'))[
      'starred2'
    ] as { song?: { id: string }[] };
    expect(kept?.map((one) => one.id)).toEqual([id]);
    for (const text of [first.log(), again.log(), second.stderr]) expect(text).not.toContain(password);
  });
});
