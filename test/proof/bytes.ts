import { stat, readFile } from 'node:fs/promises';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof } from './proof.ts';
import { seededRandom } from '../support/random.ts';
import { importOf } from './tools.ts';

/** Streams are the source, byte for byte, however they are asked for. */
export const bytes: Proof = {
  name: 'bytes',
  shows: 'streams equal the source byte for byte: whole, ranges, HEAD, If-Range, 416, ETag across a restart',
  async run({ small, seed, say }) {
    const { folder, files } = await musicCollection(2);
    await using data = await temporaryFolder('proof-bytes');
    let server = await startClef({ data: data.path, folders: [folder] });
    try {
      const credentials = await server.credentials();
      let client = new SubsonicClient(server.baseUrl, credentials);
      const songs = await importOf(client, files.length);

      const random = seededRandom(seed);
      const faults: string[] = [];
      let checks = 0;
      const etags = new Map<string, string>();
      const check = (what: string, good: boolean) => {
        checks++;
        if (!good) faults.push(what);
      };
      for (const { path, format, album } of files) {
        const source = await readFile(path);
        const { size } = await stat(path);
        const song = songs.find((candidate) => candidate.album === album && candidate.size === size);
        if (!song) {
          check(`${format}: missing`, false);
          continue;
        }
        const url = client.url('stream', { id: String(song.id) });
        const name = `${format}/${String(song.title)}`;

        const whole = await fetch(url);
        check(`${name}: whole`, whole.status === 200 && source.equals(await whole.bytes()));
        const etag = whole.headers.get('etag') ?? '';
        etags.set(String(song.id), etag);
        check(`${name}: strong ETag`, /^"[^"]+"$/.test(etag));

        for (let i = 0; i < (small ? 20 : 200); i++) {
          const first = Math.floor(random() * size);
          const last = Math.min(size - 1, first + Math.floor(random() * random() * size));
          const part = await fetch(url, { headers: { range: `bytes=${first}-${last}` } });
          const good =
            part.status === 206 &&
            part.headers.get('content-range') === `bytes ${first}-${last}/${size}` &&
            source.subarray(first, last + 1).equals(await part.bytes());
          check(`${name}: bytes=${first}-${last}`, good);
        }
        const suffix = await fetch(url, { headers: { range: 'bytes=-4097' } });
        check(
          `${name}: suffix`,
          suffix.status === 206 && source.subarray(-4097).equals(await suffix.bytes()),
        );
        const tail = await fetch(url, { headers: { range: `bytes=${size - 65_537}-` } });
        check(
          `${name}: open-ended`,
          tail.status === 206 && source.subarray(-65_537).equals(await tail.bytes()),
        );
        const head = await fetch(url, { method: 'HEAD' });
        check(
          `${name}: HEAD`,
          head.status === 200 &&
            head.headers.get('content-length') === String(size) &&
            (await head.bytes()).length === 0,
        );
        const same = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': etag } });
        check(
          `${name}: If-Range, same`,
          same.status === 206 && source.subarray(0, 10).equals(await same.bytes()),
        );
        const other = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } });
        check(`${name}: If-Range, other`, other.status === 200 && source.equals(await other.bytes()));
        const beyond = await fetch(url, { headers: { range: `bytes=${size}-` } });
        check(
          `${name}: 416`,
          beyond.status === 416 && beyond.headers.get('content-range') === `bytes */${size}`,
        );
        const known = await fetch(url, { headers: { 'if-none-match': etag } });
        check(`${name}: 304`, known.status === 304);
        const download = await fetch(client.url('download', { id: String(song.id) }));
        check(`${name}: download`, source.equals(await download.bytes()));
      }

      await server.stop();
      server = await startClef({ data: data.path });
      client = new SubsonicClient(server.baseUrl, credentials);
      for (const [id, etag] of etags) {
        const again = await fetch(client.url('stream', { id }), { method: 'HEAD' });
        check(`${id}: ETag after a restart`, again.headers.get('etag') === etag);
      }
      for (const fault of faults.slice(0, 20)) say(fault);
      return { gates: { wrong: gate(faults.length, 0) }, figures: { checks, tracks: files.length } };
    } finally {
      await server.stop('SIGKILL');
    }
  },
};
