import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '../support/clef-process.ts';
import { type LibraryServers, startLibraryServers } from '../support/library-servers.ts';
import { type PlayedStream, playPaced } from '../support/paced-player.ts';
import { startPlainProxy } from '../support/plain-proxy.ts';
import { serversAt, startEdge } from '../support/start-edge.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';
import { gate, type Gate, type Proof } from './proof.ts';
import { importOf, spread } from './tools.ts';

/** 14 MB: more than the buffers of two kernels hold. */
const SONG_SECONDS = 160;
const AIM_AFTER_KILL_MS = 1_000;
const AIM_AFTER_STOP_MS = 3_000;

type Fault = 'server killed' | 'server stopped' | 'node gone';

/** Plain GETs over the edge, while what is behind it dies. */
export const edgeKills: Proof = {
  name: 'edge-kills',
  shows:
    'plain GET streams through the edge, without Range or a second try, while one of three servers is killed, one hangs, and a storage node is gone: none truncated, no byte wrong; the same by plain proxying',
  async run({ small, say }) {
    const streams = small ? 24 : 200;
    const bytesPerSecond = small ? 2_500_000 : 400_000;
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-edge-kills'));
    const music = join(path, 'music');
    await mkdir(music);
    const song = toneWav(SONG_SECONDS);
    await writeFile(join(music, 'Long.wav'), song);
    const library = stack.use(
      await startLibraryServers({ servers: 3, nodes: 3, policy: '2+1', folder: music }),
    );
    const addresses = library.servers.map(({ baseUrl }) => baseUrl);
    const edge = stack.use(await startEdge(serversAt(addresses)));
    const plain = stack.use(await startPlainProxy(addresses));
    const expected = createHash('sha256').update(song).digest('hex');
    const urlOver = (baseUrl: string, id: string) =>
      new SubsonicClient(baseUrl, library.credentials).url('stream', { id });
    const [first] = await importOf(new SubsonicClient(addresses[0] ?? '', library.credentials), 1);
    const id = String(first?.['id']);
    // Two hundred first sign-ins at once, all of one address, are too many for a server that knows nobody yet.
    const warm = async () => {
      for (const address of addresses) await (await fetch(urlOver(address, id))).arrayBuffer();
    };
    await warm();

    const gates: Record<string, Gate> = {};
    const figures: Record<string, unknown> = { streams, songBytes: song.length, bytesPerSecond };
    const runOver = async (name: string, baseUrl: string, fault: Fault) => {
      const playing = Array.from({ length: streams }, () => playPaced(urlOver(baseUrl, id), bytesPerSecond));
      await wait((song.length / bytesPerSecond) * 300);
      const mend = await FAULTS[fault](library);
      const played = await Promise.all(playing);
      await mend();
      await warm();
      const refused = played.filter((stream) => !isAudio(stream));
      const begun = played.filter(isAudio);
      const wrong = begun.filter(({ hash, isWhole }) => isWhole && hash !== expected).length;
      const cut = begun.filter(({ isWhole }) => !isWhole).length;
      say(`${name}, ${fault}: ${cut} cut, ${wrong} wrong, ${refused.length} refused of ${streams}`);
      return { cut, wrong, refused: refused.length, stalls: stallsOf(begun) };
    };
    for (const fault of ['server killed', 'server stopped', 'node gone'] as const) {
      const { cut, wrong, refused, stalls } = await runOver('the edge', edge.baseUrl, fault);
      gates[`${fault}: refused`] = gate(refused, 0);
      gates[`${fault}: truncated`] = gate(cut, 0);
      gates[`${fault}: wrong`] = gate(wrong, 0);
      figures[fault] = stalls;
    }
    const { cut, wrong, stalls } = await runOver('plain proxying', plain.baseUrl, 'server killed');
    gates['the contrast is cut somewhere'] = gate(cut > 0, true);
    figures['plain proxying, server killed'] = { cut, wrong, ...stalls };
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
};

function isAudio({ mediaType }: PlayedStream): boolean {
  return mediaType?.startsWith('audio/') ?? false;
}

function stallsOf(played: readonly PlayedStream[]) {
  return { stalls: spread(played.map(({ stallMs }) => stallMs)) };
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
