import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { clefEnvironment, temporaryFolder } from './clef-process.ts';
import { fileOfPackage } from './debian.ts';

const run = promisify(execFile);

const SINK = 'clef';
/** What a program hands over ahead: a busy machine is then no gap of ours. */
const LATENCY_MS = 1_000;
/** Longer than anything that a busy machine leaves out. */
const SILENCE_SECONDS = 2;
const POLL_MS = 20;
/** Stereo, of floats. */
const FRAME_BYTES = 8;

/** A sound card that no one hears: PulseAudio with a null sink, of its own and for nobody else. */
export interface SoundCard extends AsyncDisposable {
  /** For programs whose sound is to go there. */
  readonly environment: Readonly<Record<string, string>>;
  /** For programs whose sound is to go into one of its two channels. */
  channel(side: 'left' | 'right'): Promise<Readonly<Record<string, string>>>;
  /** Of what plays there now: as it hands it over, and how that is resampled; `copy` where it is not. */
  streams(): Promise<readonly { readonly format: string; readonly resampler: string }[]>;
  /** Records from now on. */
  record(): Promise<SoundRecorder>;
}

export interface SoundRecorder extends AsyncDisposable {
  /** Waits for sound and for the silence after it; answers, as interleaved stereo, all that the card put out since. */
  untilSilent(): Promise<Float32Array>;
  /** All until now. */
  heard(): Float32Array;
  /** When the first of it came, on the line of `performance.now()`. */
  readonly sinceMs: number;
}

/** Of floats at one rate: what comes at that rate is not converted on its way to the recorder. */
export async function startSoundCard(
  context: Pick<TestContext, 'skip'>,
  rateHz: number,
  latencyMs = LATENCY_MS,
): Promise<SoundCard> {
  const pulseaudio = fileOfPackage('pulseaudio', '/usr/bin/pulseaudio', context);
  const parec = fileOfPackage('pulseaudio-utils', '/usr/bin/parec', context);
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('sound'));
  const socket = join(folder.path, 'native');
  const env = clefEnvironment({
    XDG_RUNTIME_DIR: folder.path,
    HOME: folder.path,
    PULSE_SERVER: `unix:${socket}`,
  });
  const sink = `module-null-sink sink_name=${SINK} format=float32le rate=${rateHz} channels=2 norewinds=1`;
  const protocol = `module-native-protocol-unix socket=${socket} auth-anonymous=1`;
  const daemon = spawn(
    pulseaudio,
    // No configuration of the machine's; as root it only warns.
    ['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '-L', sink, '-L', protocol],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  stack.defer(() => end(daemon));
  let said = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const pactl = (...args: string[]) => run('pactl', args, { env });
  while (!(await pactl('info').catch(() => undefined))) {
    if (daemon.exitCode !== null) throw new Error(`pulseaudio ended:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }

  const environment = { PULSE_SERVER: `unix:${socket}`, PULSE_LATENCY_MSEC: `${latencyMs}` };
  return {
    environment,

    async channel(side) {
      const maps = ['channel_map=mono', `master_channel_map=front-${side}`];
      await pactl(
        'load-module',
        'module-remap-sink',
        `sink_name=${side}`,
        `master=${SINK}`,
        'channels=1',
        ...maps,
        'remix=no',
      );
      return { ...environment, PULSE_SINK: side };
    },

    async streams() {
      const { stdout } = await pactl('list', 'sink-inputs');
      const values = (name: string) =>
        [...stdout.matchAll(new RegExp(`^\\s*${name}: (.*)$`, 'gm'))].map(([, value = '']) => value);
      const resamplers = values('Resample method');
      return values('Sample Specification').map((format, i) => ({ format, resampler: resamplers[i] ?? '' }));
    },

    async record() {
      const format = ['--raw', '--format=float32le', `--rate=${rateHz}`, '--channels=2'];
      const recorder = spawn(parec, [`--device=${SINK}.monitor`, ...format], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const pieces: Buffer[] = [];
      const sound = { anything: false, silentBytes: 0 };
      recorder.stdout.on('data', (piece: Buffer) => {
        pieces.push(piece);
        // A zero may be negative.
        const isSilent = piece.every((byte) => (byte & 0x7f) === 0);
        sound.anything ||= !isSilent;
        sound.silentBytes = isSilent ? sound.silentBytes + piece.length : 0;
      });
      // Silence comes too, so that from here on nothing is missed.
      await once(recorder.stdout, 'data');
      const sinceMs = performance.now();
      const heard = () => {
        const bytes = new Uint8Array(Buffer.concat(pieces));
        return new Float32Array(bytes.buffer, 0, 2 * Math.floor(bytes.length / FRAME_BYTES));
      };
      return {
        sinceMs,
        heard,
        async untilSilent() {
          const enoughBytes = SILENCE_SECONDS * rateHz * FRAME_BYTES;
          while (!sound.anything || sound.silentBytes < enoughBytes) {
            if (recorder.stdout.readableEnded) throw new Error(`the recorder ended:\n${said}`);
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
          }
          return heard();
        },
        [Symbol.asyncDispose]: () => end(recorder),
      };
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
