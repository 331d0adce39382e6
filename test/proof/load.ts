import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateLoad } from '../../bench/support/generate-load.ts';
import type { ListenReport, Target } from '../../bench/support/load-job.ts';
import { writeNoiseMusic } from '../../bench/support/noise-music.ts';
import { cpuSecondsOfTree } from '../../bench/support/process-tree.ts';
import { startNginx } from '../../bench/support/start-nginx.ts';
import { columnPath } from '../../src/api/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { type LibraryListener, listenAt } from '../support/library-listener.ts';
import { type LibraryServers, startLibraryServers } from '../support/library-servers.ts';
import { openssl } from '../support/openssl.ts';
import { type Edge, serversAt, startEdge } from '../support/start-edge.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { gate, type Proof } from './proof.ts';
import { importOf, median } from './tools.ts';

/** 320 kbit/s. */
const BYTES_PER_SECOND = 40_000;
const FILES = 24;
/** More than anybody listens to. */
const FILE_BYTES = 6 * 2 ** 20;
/** Of sealed bytes, as the web player asks for them. */
const RANGE_BYTES = 2 ** 18;
const COMPARED = 8;

interface Size {
  readonly relayed: readonly number[];
  readonly sealed: readonly number[];
  readonly listenMs: number;
  readonly rampMs: number;
  readonly cpuRuns: number;
  readonly cpuListeners: number;
  readonly cpuMs: number;
}
const FULL: Size = {
  relayed: [500, 1_000, 2_000, 4_000, 8_000],
  sealed: [1_000, 2_000, 4_000, 8_000, 16_000],
  listenMs: 30_000,
  rampMs: 10_000,
  cpuRuns: 5,
  cpuListeners: 400,
  cpuMs: 10_000,
};
const SMALL: Size = {
  relayed: [40],
  sealed: [40],
  listenMs: 1_000,
  rampMs: 500,
  cpuRuns: 1,
  cpuListeners: 40,
  cpuMs: 1_000,
};

/** One way to the music. */
interface Way {
  readonly name: string;
  readonly port: number;
  /** Those whose processors it costs. */
  readonly pids: readonly number[];
  readonly targets: readonly Target[];
  readonly rangeBytes?: number;
  readonly isTls?: boolean;
}

/** Listeners at the pace of their music through an edge with two servers behind it, beside plain files from the same NGINX. */
export const load: Proof = {
  name: 'load',
  shows:
    'paced listeners through the edge, relayed and sealed, until one has nothing to play, beside NGINX with plain files; processor time a GB of each',
  async run({ small, say }) {
    const size = small ? SMALL : FULL;
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-load'));
    const music = join(path, 'music');
    await mkdir(music);
    const files = await writeNoiseMusic(music, FILES, FILE_BYTES);
    const library = stack.use(
      await startLibraryServers({ servers: 2, nodes: 1, policy: '1+0', folder: music }),
    );
    const nginx = stack.use(await startNginx({ folder: join(path, 'nginx'), root: music }));
    const open = async (options: Parameters<typeof startEdge>[1] = {}) =>
      stack.use(
        await startEdge(serversAt(library.servers.map(({ baseUrl }) => baseUrl)), {
          connectionsAnAddress: 65_535,
          ...options,
        }),
      );
    const edge = await open();
    const withLargePieces = await open({
      change: replacing('piece_bytes = 262144', 'piece_bytes = 1048576'),
    });
    const withoutCache = await open({ change: replacing('proxy_cache clef_sealed;', 'proxy_cache off;') });
    const overTls = await open({ tls: certificateIn(path) });

    const songs = await importOf(new SubsonicClient(edge.baseUrl, library.credentials), FILES);
    const listener = await listenAt(library.servers[0]?.baseUrl ?? '');
    const over = ({ port, pid }: Edge) => ({
      port,
      pids: [pid, ...library.servers.map((server) => server.process.pid ?? 0)],
    });
    const relayedOver = (name: string, to: Edge): Way => ({
      name,
      ...over(to),
      targets: songs.map(({ id }) =>
        targetOf(new SubsonicClient(to.baseUrl, library.credentials), String(id)),
      ),
    });
    const sealedOver = async (name: string, to: Edge): Promise<Way> => ({
      name,
      ...over(to),
      targets: await sealedTargets(listener, songs, to),
      rangeBytes: RANGE_BYTES,
    });
    const plain: Way = {
      name: 'plain files',
      port: nginx.port,
      pids: [nginx.pid],
      targets: files.map(({ fileName, lengthBytes }) => ({ path: `/${fileName}`, lengthBytes })),
    };

    const wrong = await differing(
      edge,
      library,
      songs,
      files.map(({ fileName }) => join(music, fileName)),
    );
    const climb = async (way: Way, rungs: readonly number[]) => {
      const climbed = [];
      for (const listeners of rungs) {
        const rung = await listen(way, { listeners, durationMs: size.listenMs, rampMs: size.rampMs });
        say(`${way.name}: ${JSON.stringify(rung)}`);
        climbed.push(rung);
        if (!rung.holds) break;
      }
      return climbed;
    };
    const relayed = await climb(relayedOver('relayed', edge), size.relayed);
    const sealed = await climb(await sealedOver('sealed', edge), size.sealed);
    const reference = await climb(plain, size.sealed.slice(0, sealed.length));
    const lastHeld = (rungs: readonly Rung[]) => rungs.findLast(({ holds }) => holds)?.listeners ?? 0;
    const tls = await climb({ ...relayedOver('relayed over TLS', overTls), isTls: true }, [
      lastHeld(relayed),
    ]);

    const ways = [
      plain,
      await sealedOver('sealed, without a cache', withoutCache),
      await sealedOver('sealed, cached', edge),
      relayedOver('relayed, pieces of 256 KiB', edge),
      relayedOver('relayed, pieces of 1 MiB', withLargePieces),
    ];
    const costs = new Map(ways.map(({ name }) => [name, [] as number[]]));
    // One run of each in turn, so that whatever else the machine does meets all of them. The first one warms up.
    for (let run = 0; run <= size.cpuRuns; run++) {
      for (const way of ways) {
        const { cpuSecondsPerGB } = await listen(way, {
          listeners: size.cpuListeners,
          durationMs: size.cpuMs,
          rampMs: size.rampMs / 4,
        });
        if (run > 0) costs.get(way.name)?.push(cpuSecondsPerGB);
      }
      say(`processor time, run ${run} of ${size.cpuRuns}`);
    }
    const plainCosts = costs.get(plain.name) ?? [];
    return {
      gates: {
        wrongBytes: gate(wrong, 0),
        relayedHeldAny: gate(lastHeld(relayed) > 0, true),
        sealedHeldAny: gate(lastHeld(sealed) > 0, true),
        rungsOverTls: gate(tls.length, 1),
      },
      figures: {
        held: { relayed: lastHeld(relayed), sealed: lastHeld(sealed), plain: lastHeld(reference) },
        aims: {
          relayed: { listeners: 8_000, p99StartMs: 250 },
          sealed: { listeners: 16_000, p99StartOfPlain: 1.3 },
          cpuOfPlain: { sealed: 1.5, cached: 1.1, relayed: 6 },
        },
        relayed,
        sealed: sealed.map((rung, at) => ({
          ...rung,
          p99StartOfPlain: round(rung.p99StartMs / (reference[at]?.p99StartMs ?? Number.NaN)),
        })),
        plain: reference,
        tls,
        cpu: Array.from(costs, ([name, values]) => ({
          name,
          secondsPerGB: round(median(values)),
          ofPlain: round(median(values.map((value, at) => value / (plainCosts[at] ?? Number.NaN)))),
        })),
      },
    };
  },
};

interface Rung {
  readonly listeners: number;
  readonly holds: boolean;
  readonly underruns: number;
  readonly cutOff: number;
  readonly why: readonly string[];
  readonly p99StartMs: number;
  readonly cpuSecondsPerGB: number;
  readonly processorsBusy: number;
}

async function listen(
  { pids, port, targets, rangeBytes, isTls }: Way,
  job: { readonly listeners: number; readonly durationMs: number; readonly rampMs: number },
): Promise<Rung> {
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSecondsOfTree(pid), 0);
  const before = cpu();
  const report: ListenReport = await generateLoad({
    kind: 'listen',
    port,
    targets,
    connections: job.listeners,
    durationMs: job.durationMs,
    rampMs: job.rampMs,
    bytesPerSecond: BYTES_PER_SECOND,
    ...(rangeBytes !== undefined && { rangeBytes }),
    ...(isTls && { isTls }),
  });
  const cpuSeconds = cpu() - before;
  const { underruns, failures, bytes, seconds, p99StartMs } = report;
  return {
    listeners: job.listeners,
    holds: underruns === 0 && failures.length === 0,
    underruns,
    cutOff: failures.length,
    why: [...new Set(failures)],
    p99StartMs: round(p99StartMs),
    cpuSecondsPerGB: round(cpuSeconds / (bytes / 1e9)),
    processorsBusy: round(cpuSeconds / seconds),
  };
}

function targetOf(client: SubsonicClient, id: string): Target {
  const url = new URL(client.url('stream', { id, format: 'raw' }));
  return { path: url.pathname + url.search, lengthBytes: FILE_BYTES };
}

/** The only column of each track, which is all of it, with a ticket that holds at every edge. */
async function sealedTargets(
  listener: LibraryListener,
  songs: readonly Record<string, unknown>[],
  { baseUrl }: Edge,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const { id } of songs) {
    const { audio, ticket } = await listener.play(String(id), 'pcm');
    const path = columnPath(audio, 0);
    const authorization = `Ticket ${ticket}`;
    const { headers } = await fetch(baseUrl + path, { headers: { authorization, range: 'bytes=0-0' } });
    const lengthBytes = Number(headers.get('content-range')?.split('/')[1]);
    targets.push({ path, lengthBytes, headers: `Authorization: ${authorization}\r\n` });
  }
  return targets;
}

/** How many of some ranges are others through the edge than in the files. */
async function differing(
  edge: Edge,
  { credentials }: LibraryServers,
  songs: readonly Record<string, unknown>[],
  files: readonly string[],
): Promise<number> {
  const client = new SubsonicClient(edge.baseUrl, credentials);
  const sources = await Promise.all(files.map((file) => readFile(file)));
  let wrong = 0;
  for (const [at, { id, title }] of songs.slice(0, COMPARED).entries()) {
    const source = sources[files.findIndex((file) => file.endsWith(`${String(title)}.wav`))];
    const first = at * 700_001;
    const answer = await fetch(client.url('stream', { id: String(id), format: 'raw' }), {
      headers: { range: `bytes=${first}-${first + RANGE_BYTES - 1}` },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!source?.subarray(first, first + RANGE_BYTES).equals(bytes)) wrong++;
  }
  return wrong;
}

function replacing(from: string, to: string) {
  return (configuration: string): string => {
    if (!configuration.includes(from)) throw new Error(`the configuration has no ${from}`);
    return configuration.replaceAll(from, to);
  };
}

function certificateIn(folder: string) {
  const [certificate, key] = [join(folder, 'edge.crt'), join(folder, 'edge.key')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  openssl(['req', '-x509', '-days', '2', '-subj', '/CN=localhost', '-out', certificate, ...newKey]);
  return { certificate, key };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
