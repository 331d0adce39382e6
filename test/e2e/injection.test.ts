import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { sharedData } from '../support/shared-data.ts';
import { MARIADBD, startMariadb } from '../support/start-mariadb.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

/** Leaves a row behind, whatever becomes of the statement that it got into. */
const WITNESS = 'clef_witness()';
const PAYLOADS = [
  `' or ${WITNESS} or '`,
  `\\' or ${WITNESS} -- 1`,
  `" or ${WITNESS} or "`,
  `1 or ${WITNESS}`,
  `'; select ${WITNESS}; -- 1`,
] as const;

/** What endpoints ask for besides; nobody is called so, and nobody is deleted. */
const OTHERS: Readonly<Record<string, string>> = {
  username: 'nobody',
  password: 'none',
  type: 'newest',
  name: 'a name',
  query: 'one',
  rating: '3',
  position: '0',
};

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: { readonly type?: string };
}

interface Endpoints {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
}

it('a text that is no text to a database stays one, in every parameter of OpenSubsonic and every free text of the native API', async (context) => {
  fileOfPackage('mariadb-server', MARIADBD, context);
  const { paths } = JSON.parse(
    await readFile(sharedData('opensubsonic/openapi.json', context), 'utf8'),
  ) as Endpoints;
  await using mariadb = await startMariadb();
  await using place = await temporaryFolder('injection');
  const address = await mariadb.newDatabase();
  const { host, port, database, user, password } = address;
  const keyFile = join(place.path, 'catalogue.key');
  await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
  const music = join(place.path, 'music');
  await mkdir(music);
  await writeFile(join(music, 'one.wav'), toneWav(1));
  await using server = await startClef({
    data: join(place.path, 'data'),
    folders: [music],
    settings: { CLEF_CATALOG: `mysql://${host}:${port}/${database}?key=${keyFile}`, CLEF_LOG_LEVEL: 'debug' },
  });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const id = await waitFor('an import', async () => {
    const [song] = await client.allSongs();
    return song && String(song['id']);
  });
  await using connection = await createConnection({ ...address, multipleStatements: true });
  await connection.query(`create table witness (at timestamp);
    create function ${WITNESS} returns int begin insert into witness values (now()); return 1; end`);
  const [tables] = await connection.query('show tables');
  const seen = async () => {
    const [rows] = await connection.query('select count(*) as count from witness');
    return (rows as { count: number }[])[0]?.count;
  };

  let asked = 0;
  for (const [path, { get }] of Object.entries(paths)) {
    const method = path.replace('/rest/', '');
    const names = (get?.parameters ?? [])
      .filter(({ in: where }) => where === 'query')
      .map(({ name }) => name);
    const others = Object.fromEntries(names.map((name) => [name, OTHERS[name] ?? id]));
    for (const name of names) {
      for (const payload of PAYLOADS) {
        const response = await fetch(client.url(method, { ...others, [name]: payload }));
        await response.arrayBuffer();
        expect(response.status, `${method} ${name}`).toBeLessThan(500);
        asked++;
      }
    }
  }
  expect(asked).toBeGreaterThan(400);

  const browser = new ApiBrowser(server.baseUrl);
  await browser.call(routes.signIn, {
    body: { username: 'admin', password: 'correct horse battery staple' },
  });
  for (const payload of PAYLOADS) {
    await browser.call(routes.search, { query: { q: payload } });
    await browser.call(routes.albums, { query: { order: 'by-genre', genre: payload } });
    await browser.call(routes.tracks, { query: { genre: payload } });
    await browser.call(routes.randomTracks, { query: { genre: payload } });
    await browser.call(routes.createPlaylist, { body: { name: payload, trackIds: [] } });
    await browser.call(routes.addAppPassword, { body: { clientName: payload } });
  }
  const { playlists } = await browser.call(routes.playlists, {});
  expect(playlists.map(({ name }) => name)).toEqual(expect.arrayContaining([...PAYLOADS]));

  expect(await seen()).toBe(0);
  const [after] = await connection.query('show tables');
  expect(after).toEqual(tables);
  expect(server.log()).not.toMatch(/SQL syntax|ER_PARSE_ERROR/);
  // It would have been seen.
  await connection.query(`select * from witness where '' or ${WITNESS} or ''; select ${WITNESS}`);
  expect(await seen()).toBe(1);
});
