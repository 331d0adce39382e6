import { createHash } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeNoiseMusic } from '../../bench/support/noise-music.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { listenAt } from '../support/library-listener.ts';
import { type LibraryServers, startLibraryServers } from '../support/library-servers.ts';
import { type PlayedStream, playPaced } from '../support/paced-player.ts';
import { startPlainProxy } from '../support/plain-proxy.ts';
import { serversAt, startEdge } from '../support/start-edge.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { gate, type Gate, type Proof } from './proof.ts';
import { shardsCommand } from './shard-command.ts';
import { importOf, spread } from './tools.ts';

/** More than the buffers of two kernels hold, also as a rendition: noise is not compressed. */
const SONG_BYTES = 14_000_044;
const LEAST_BYTES = 12_000_000;
/** The original, and a rendition of it that is finished: half of the streams each. */
const formats = ['raw', 'flac'] as const;
type Format = (typeof formats)[number];
const AIM_AFTER_KILL_MS = 1_000;
const AIM_AFTER_STOP_MS = 3_000;

/** The first of these has a replica, which is promoted. */
const SHARDS = { nodes: 2, replicas: 1, spiders: 2 };
/** Of those that play, so many more begin while what was struck is away. */
const LATE_PART = 0.1;
const LATE_AFTER_MS = 200;

const faults = [
  'server killed',
  'server stopped',
  'node gone',
  'queue leader killed',
  'data node killed, replica promoted',
] as const;
type Fault = (typeof faults)[number];

/** Plain GETs over the edge, while what is behind it dies. */
export const edgeKills: Proof = {
  name: 'edge-kills',
  shows:
    'plain GET streams of an original and of a rendition through the edge, without Range or a second try, while one of three servers is killed, one hangs, a storage node is gone, the leader of the queue is killed, and a data node, whose replica is promoted: none truncated, no byte wrong; the same by plain proxying',
  async run({ small, count, say }) {
    const streams = count ?? (small ? 12 : 200);
    const bytesPerSecond = small ? 5_000_000 : 400_000;
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-edge-kills'));
    const music = join(path, 'music');
    await mkdir(music);
    const [song] = await writeNoiseMusic(music, 1, SONG_BYTES);
    if (!song) throw new Error('nothing was written');
    const library = stack.use(
      await startLibraryServers({
        servers: 3,
        nodes: 3,
        policy: '2+1',
        folder: music,
        shards: SHARDS,
        natsServers: 3,
        isDurable: !small,
      }),
    );
    const addresses = library.servers.map(({ baseUrl }) => baseUrl);
    const edge = stack.use(await startEdge(serversAt(addresses)));
    const plain = stack.use(await startPlainProxy(addresses));
    const [first] = await importOf(new SubsonicClient(addresses[0] ?? '', library.credentials), 1);
    const id = String(first?.['id']);
    await (await listenAt(addresses[0] ?? '')).play(id, 'flac');
    const urlOver = (baseUrl: string, format: Format) =>
      new SubsonicClient(baseUrl, library.credentials).url('stream', { id, format });
    const playAtOnce = (baseUrl: string, format: Format) =>
      playPaced(urlOver(baseUrl, format), Number.POSITIVE_INFINITY);
    const rendition = await playAtOnce(addresses[0] ?? '', 'flac');
    if (rendition.mediaType !== 'audio/flac' || rendition.bytes < LEAST_BYTES)
      throw new Error(`the rendition is ${rendition.bytes} bytes of ${rendition.mediaType}`);
    const expected: Readonly<Record<Format, string>> = {
      raw: createHash('sha256')
        .update(await readFile(join(music, song.fileName)))
        .digest('hex'),
      flac: rendition.hash,
    };
    // Two hundred first sign-ins at once, all of one address, take their time at a server that knows nobody yet.
    const warm = async () => {
      for (const address of addresses) {
        for (const format of formats) {
          const { hash } = await playAtOnce(address, format);
          if (hash !== expected[format]) throw new Error(`${address} is not well again`);
        }
      }
    };
    await warm();

    const gates: Record<string, Gate> = {};
    const figures: Record<string, unknown> = {
      streams,
      songBytes: SONG_BYTES,
      renditionBytes: rendition.bytes,
      bytesPerSecond,
    };
    const runOver = async (name: string, baseUrl: string, fault: Fault) => {
      let ended = 0;
      const play = (number: number) =>
        Array.from({ length: number }, async (_, at) => {
          const format = formats[at % formats.length] ?? 'raw';
          const stream = await playPaced(urlOver(baseUrl, format), bytesPerSecond);
          ended++;
          return { ...stream, isRight: stream.hash === expected[format] };
        });
      const early = play(streams);
      await wait((SONG_BYTES / bytesPerSecond) * 300);
      const endedBefore = ended;
      const mending = FAULTS[fault](library);
      // Whoever else ends with an error first, this is not left unheard.
      mending.catch(() => undefined);
      await wait(LATE_AFTER_MS);
      const late = play(Math.ceil(streams * LATE_PART));
      const mend = await mending;
      const endedWithin = ended;
      const played = await Promise.all([...early, ...late]);
      await mend();
      await warm();
      const refused = played.filter((stream) => !isAudio(stream));
      const begun = played.filter(isAudio);
      const wrong = begun.filter(({ isRight, isWhole }) => isWhole && !isRight).length;
      const cut = begun.filter(({ isWhole }) => !isWhole).length;
      say(`${name}, ${fault}: ${cut} cut, ${wrong} wrong, ${refused.length} refused of ${played.length}`);
      return { cut, wrong, refused: refused.length, endedBefore, endedWithin, stalls: stallsOf(begun) };
    };
    for (const fault of faults) {
      const { cut, wrong, refused, endedBefore, endedWithin, stalls } = await runOver(
        'the edge',
        edge.baseUrl,
        fault,
      );
      gates[`${fault}: refused`] = gate(refused, 0);
      gates[`${fault}: truncated`] = gate(cut, 0);
      gates[`${fault}: wrong`] = gate(wrong, 0);
      gates[`${fault}: ended before`] = gate(endedBefore, 0);
      // The promotion takes some seconds.
      figures[fault] = { endedUntilItWasDone: endedWithin, stalls };
    }
    const { cut, wrong, stalls } = await runOver('plain proxying', plain.baseUrl, 'server killed');
    gates['the contrast is cut somewhere'] = gate(cut > 0, true);
    figures['plain proxying, server killed'] = { cut, wrong, stalls };
    figures['aimOfStallMs'] = { afterKill: AIM_AFTER_KILL_MS, afterStop: AIM_AFTER_STOP_MS };
    figures['sent'] = await sentBy(edge);
    return { gates, figures };
  },
};

/** Each makes something fail, and answers what mends it. */
const FAULTS: Readonly<Record<Fault, (library: LibraryServers) => Promise<() => Promise<void>>>> = {
  async 'server killed'(library) {
    await library.servers[0]?.stop('SIGKILL');
    return () => library.restart(0);
  },
  async 'server stopped'({ servers }) {
    servers[1]?.process.kill('SIGSTOP');
    return async () => void servers[1]?.process.kill('SIGCONT');
  },
  async 'node gone'({ nodes }) {
    const [node = ''] = nodes;
    await rename(node, `${node}.away`);
    return () => rename(`${node}.away`, node);
  },
  async 'queue leader killed'({ nats, libraryId }) {
    const leader = await waitFor('a leader', async () => nats?.leaderOf(`CLEF-${libraryId.toUpperCase()}`));
    await leader.stop('SIGKILL');
    return () => leader.start();
  },
  async 'data node killed, replica promoted'({ shards }) {
    if (!shards) throw new Error('the catalogue has no shards');
    const { world, servers, list } = shards;
    await world.nodes[0]?.kill();
    await shardsCommand(['promote', list, servers.nodes[0]?.name ?? '']);
    return async () => undefined;
  },
};

function isAudio({ mediaType }: PlayedStream): boolean {
  return mediaType?.startsWith('audio/') ?? false;
}

function stallsOf(played: readonly PlayedStream[]) {
  return spread(played.map(({ stallMs }) => stallMs));
}

/** How many streams had pieces of more than one server, as the edge's own log tells. */
async function sentBy(edge: { accessLog(): Promise<string> }) {
  const relays = Array.from((await edge.accessLog()).matchAll(/"relay":"([^" ]+) (\d+)"/g));
  return {
    streams: relays.length,
    ofSeveralServers: relays.filter(([, servers = '']) => servers.includes('>')).length,
    askedInVain: relays.reduce((sum, [, , failures]) => sum + Number(failures), 0),
  };
}
