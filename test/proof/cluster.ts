import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CSRF_HEADER } from '../../src/api/index.ts';
import {
  clefBinary,
  clefEnvironment,
  type Credentials,
  freePort,
  runClef,
  temporaryFolder,
} from '../support/clef-process.ts';
import { playPaced } from '../support/paced-player.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';
import { gate, type Proof } from './proof.ts';
import { importOf, spread } from './tools.ts';

/** 14 MB: more than the buffers of two kernels hold. */
const SONG_SECONDS = 160;
const BYTES_PER_SECOND = 700_000;
const STREAMS = 6;
/** One of each kind that may be lost while others play. */
const KILLED = ['server-1', 'node-3', 'nats-1', 'spider-1'];
const BETWEEN_KILLS_MS = 3_000;
const START_WITHIN_MS = 600_000;

/** All of a cluster on one machine, as a person tries it. */
export const cluster: Proof = {
  name: 'cluster',
  shows:
    '`clef cluster up` on one machine: killed itself, the next `up` ends what it left and has its music; streams over its edge are whole while a server, a node, a NATS and a Spider node are killed; Ctrl-C leaves nothing running',
  async run({ say }) {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-cluster'));
    const folder = join(path, 'cluster');
    const music = join(path, 'music');
    await mkdir(music);
    const song = toneWav(SONG_SECONDS);
    await writeFile(join(music, 'Long.wav'), song);
    const expected = createHash('sha256').update(song).digest('hex');
    const port = await freePort();
    const clef = async (...args: string[]) => {
      const { status, stderr } = await runClef(['cluster', ...args, '--data', folder], {});
      if (status !== 0) throw new Error(`clef cluster ${args.join(' ')}: ${stderr}`);
    };
    const up = async () =>
      stack.use(await startUp(['--data', folder, '--listen', `127.0.0.1:${port}`, music]));

    const first = await up();
    say(`up after ${first.readyAfterMs} ms`);
    const { credentials, direct } = await accountOf(folder);
    await importOf(direct, 1);
    first.process.kill('SIGKILL');
    await first.ended;

    const second = await up();
    say(`up again after ${second.readyAfterMs} ms`);
    const [track] = await importOf(direct, 1);
    const ca = await readFile(join(folder, 'edge', 'certificate.pem'), 'utf8');
    const baseUrl = `https://localhost:${port}`;
    const password = (await readFile(join(folder, 'admin-password'), 'utf8')).trim();
    const signedIn = await signIn(baseUrl, { username: 'admin', password }, ca);
    const url = () => new SubsonicClient(baseUrl, credentials).url('stream', { id: String(track?.['id']) });
    const playing = Array.from({ length: STREAMS }, () => playPaced(url(), BYTES_PER_SECOND, { ca }));
    for (const name of KILLED) {
      await wait(BETWEEN_KILLS_MS);
      await clef('kill', name);
      say(`${name} killed`);
    }
    const played = await Promise.all(playing);
    const afterwards = await playPaced(url(), Number.MAX_SAFE_INTEGER, { ca });
    for (const name of KILLED) await clef('start', name);
    second.process.kill('SIGINT');
    const status = await second.ended;
    return {
      gates: {
        'processes that the killed one left were ended': gate(
          /left \d+ processes?: ended/.test(second.said()),
          true,
        ),
        'sign-in over the edge': gate(signedIn, 200),
        'streams cut': gate(played.filter(({ isWhole }) => !isWhole).length, 0),
        'streams with wrong bytes': gate(played.filter(({ hash }) => hash !== expected).length, 0),
        'a stream that begins without them is right': gate(afterwards.hash, expected),
        'exit status at Ctrl-C': gate(status ?? -1, 0),
        'said that all is stopped': gate(second.said().includes('Everything is stopped.'), true),
        'processes left': gate(await processesIn(folder), 0),
      },
      figures: {
        firstUpMs: first.readyAfterMs,
        nextUpMs: second.readyAfterMs,
        killed: KILLED,
        stalls: spread(played.map(({ stallMs }) => stallMs)),
        report: /^Everything is stopped.*$/m.exec(second.said())?.[0] ?? '',
      },
    };
  },
};

interface Up extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly readyAfterMs: number;
  readonly ended: Promise<number | null>;
  said(): string;
}

async function startUp(args: readonly string[]): Promise<Up> {
  const startedMs = performance.now();
  const child = spawn(clefBinary, ['cluster', 'up', ...args], {
    env: clefEnvironment({}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  // What it starts writes to files: its own end closes both.
  const ended = once(child, 'close').then(([status]) => status as number | null);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    await ended;
  };
  while (!said.includes('ready: ')) {
    if (child.exitCode !== null || performance.now() - startedMs > START_WITHIN_MS) {
      await stop();
      throw new Error(`clef cluster up did not become ready:\n${said}`);
    }
    await wait(100);
  }
  return {
    process: child,
    readyAfterMs: Math.round(performance.now() - startedMs),
    ended,
    said: () => said,
    [Symbol.asyncDispose]: stop,
  };
}

/** An app password, and a client that asks the second server, which is not killed. */
async function accountOf(folder: string): Promise<{ credentials: Credentials; direct: SubsonicClient }> {
  const { stdout, stderr } = await runClef(
    ['app-password', 'create', 'admin', '--client', 'proof', '--json'],
    {
      CLEF_DATA: join(folder, 'server-1', 'data'),
    },
  );
  if (stdout === '') throw new Error(`clef app-password create failed: ${stderr}`);
  const credentials = JSON.parse(stdout) as Credentials;
  const { ports } = JSON.parse(await readFile(join(folder, 'layout.json'), 'utf8')) as {
    ports: Record<string, number>;
  };
  return { credentials, direct: new SubsonicClient(`http://127.0.0.1:${ports['server-2']}`, credentials) };
}

/** The status of the answer. */
async function signIn(baseUrl: string, credentials: Credentials, ca: string): Promise<number> {
  const asked = request(`${baseUrl}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: baseUrl, [CSRF_HEADER]: '1' },
    agent: false,
    ca,
  });
  asked.end(JSON.stringify(credentials));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

/** Those that run there, or name it in their command line. */
async function processesIn(folder: string): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (place.startsWith(folder) || command.includes(folder)) count++;
  }
  return count;
}
