import { hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { columnPath, routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { addPlayingDevice } from '../support/played-by-device.ts';
import { FIRST_START } from '../support/run-clef.ts';
import { MARIADBD, startMariadb } from '../support/start-mariadb.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

const titles = ['one', 'two', 'three'] as const;
type Title = (typeof titles)[number];
const music: Readonly<Record<Title, Uint8Array>> = { one: toneWav(2), two: toneWav(3), three: toneWav(4) };

/** Short in a failing test's report. */
function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

/** As long as a refusal may take. */
const soon = () => ({ signal: AbortSignal.timeout(2_000) });

describe('a server whose database is away', () => {
  it('plays what is found to whoever was signed in, refuses the rest at once, and goes on by itself', async (context) => {
    fileOfPackage('mariadb-server', MARIADBD, context);
    await using mariadb = await startMariadb({ isDurable: true });
    await using place = await temporaryFolder('play-file');
    const { host, port, database, user, password } = await mariadb.newDatabase();
    const keyFile = join(place.path, 'catalogue.key');
    await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    const folder = join(place.path, 'music');
    await mkdir(folder);
    for (const title of titles) await writeFile(join(folder, `${title}.wav`), music[title]);
    await using server = await startClef({
      data: join(place.path, 'data'),
      folders: [folder],
      settings: { CLEF_CATALOG: `mysql://${host}:${port}/${database}?key=${keyFile}` },
    });
    const { baseUrl, settings } = server;
    const browser = new ApiBrowser(baseUrl);
    const body = { username: 'admin', password: FIRST_START.CLEF_ADMIN_PASSWORD };
    await browser.call(routes.signIn, { body });
    const addAppPassword = (clientName: string) =>
      browser.call(routes.addAppPassword, { body: { clientName } });
    const client = new SubsonicClient(baseUrl, await addAppPassword('phone'));
    const ids = await waitFor('an import', async () => {
      const songs = await client.allSongs();
      if (songs.length < titles.length) return undefined;
      return new Map(songs.map((song) => [String(song['title']), String(song['id'])]));
    });
    const device = await addPlayingDevice(browser);
    const lost = await addAppPassword('lost');
    const finder = new SubsonicClient(baseUrl, lost);
    await finder.get('ping');
    await browser.call(routes.revokeAppPassword, { params: { id: lost.id } });
    const isInStep = async () => {
      const figures = await (await fetch(`${baseUrl}/metrics`)).text();
      return /^clef_play_file_in_step(?:\{.*\})? 1$/m.test(figures) || undefined;
    };
    /** Names of those that `/metrics` has, where all of them are small. */
    const lags = async () => {
      const figures = await (await fetch(`${baseUrl}/metrics`)).text();
      const found = figures.matchAll(/^clef_(\w+)_seconds(?:\{.*\})? ([\d.e+-]+)$/gm);
      return [...found]
        .filter(([, name = '', value]) => /lag|unheard/.test(name) && Number(value) < 10)
        .map(([, name = '']) => name)
        .toSorted((a, b) => a.localeCompare(b));
    };
    await waitFor('the play file', isInStep);
    expect(await lags()).toEqual(['changes_unheard', 'play_file_lag', 'search_lag']);
    // What nobody has looked at, no cache shows.
    await writeFile(join(folder, 'unseen.wav'), toneWav(6));
    await client.get('startScan');
    const unseenId = await waitFor('the index', async () => {
      const { stdout } = await runClef(['search', 'unseen', '--json'], settings);
      const { tracks } = JSON.parse(stdout) as { tracks: readonly { id: string }[] };
      return tracks[0]?.id;
    });
    await waitFor('the play file', isInStep);
    const search = async (query: string) => {
      const answer = await fetch(client.url('search3', { query }), soon());
      return ((await answer.json()) as { 'subsonic-response': unknown })['subsonic-response'];
    };
    const idOf = (title: Title) => ids.get(title) ?? '';
    const stream = async (title: Title, headers: Record<string, string> = {}) => {
      const answer = await fetch(client.url('stream', { id: idOf(title) }), { headers });
      return [answer.status, digest(await answer.bytes())];
    };

    await mariadb.pause();
    expect(await stream('one')).toEqual([200, digest(music.one)]);
    expect(await search('unseen')).toMatchObject({ searchResult3: { song: [{ id: unseenId }] } });
    mariadb.resume();
    await mariadb.kill();

    const found = await runClef(['search', 'two', '--json'], settings);
    expect(JSON.parse(found.stdout)).toMatchObject({ tracks: [{ id: idOf('two') }] });
    const shown = { title: 'unseen', suffix: 'wav', contentType: 'audio/wav', duration: 6 };
    expect(await search('unsen')).toMatchObject({
      status: 'ok',
      searchResult3: { song: [{ id: unseenId, size: toneWav(6).length, ...shown }] },
    });
    const native = await browser.fetch('/api/v1/search?q=unseen', soon());
    expect(await native.json()).toMatchObject({ tracks: [{ id: unseenId, title: 'unseen' }] });
    const unseen = await fetch(client.url('stream', { id: unseenId }));
    expect(digest(await unseen.bytes())).toBe(digest(toneWav(6)));
    const cover = await fetch(client.url('getCoverArt', { id: unseenId, size: 32 }), soon());
    expect(cover.headers.get('content-type')).toMatch(/^image\//);
    expect(await stream('two')).toEqual([200, digest(music.two)]);
    expect(await stream('two', { range: 'bytes=1000-1999' })).toEqual([
      206,
      digest(music.two.subarray(1_000, 2_000)),
    ]);
    const download = await fetch(client.url('download', { id: idOf('two') }));
    expect(download.headers.get('content-disposition')).toContain('two.wav');
    await download.body?.cancel();

    const ready = await device.play(idOf('three'));
    expect(digest(await device.fetchTrack(ready))).toBe(digest(music.three));
    const column = await browser.fetch(columnPath(ready.audio, 0), {
      headers: { authorization: `Ticket ${ready.ticket}`, range: 'bytes=0-99' },
    });
    expect([column.status, (await column.bytes()).length]).toEqual([206, 100]);

    const albums = await fetch(client.url('getAlbumList2', { type: 'newest' }), soon());
    expect(await albums.json()).toMatchObject({
      'subsonic-response': {
        status: 'failed',
        error: { code: 0, message: expect.stringContaining('cannot be reached') },
      },
    });
    const unknown = await fetch(client.url('stream', { id: 'tr-zzzzzz' }), soon());
    expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([503, '5']);
    const genres = await browser.fetch('/api/v1/genres', soon());
    expect(genres.headers.get('retry-after')).toBe('5');
    expect(await genres.json()).toMatchObject({ code: 'catalog-offline', status: 503, retryable: true });
    const refused = await fetch(finder.url('stream', { id: idOf('two') }), soon());
    expect(await refused.json()).toMatchObject({ 'subsonic-response': { error: { code: 40 } } });

    await mariadb.start();
    await waitFor('the database', async () =>
      client.get('star', { id: idOf('one') }).then(
        () => true,
        () => undefined,
      ),
    );
    await new ApiBrowser(baseUrl).call(routes.signIn, { body });
    await writeFile(join(folder, 'four.wav'), toneWav(7));
    await client.get('startScan');
    const added = await waitFor('another import', async () => {
      const song = (await client.allSongs()).find(({ title }) => title === 'four');
      return song && String(song['id']);
    });
    expect((await fetch(client.url('stream', { id: added }))).status).toBe(200);
    await waitFor('the play file', isInStep);
    expect(server.log()).not.toContain(password);
  });
});
