import type { DeviceEvents, SoundDevice } from '../port.ts';
import { PlayerChild } from './player-child.ts';

/** How often the server asks for more: enough that it is never late with it. */
const PROCESS_MS = 20;
const TIME = /Time: (\d+\.\d+) sec/g;
const UNDERRUN = /Stream underrun/;
/** Of the environment: where the sound server is, and how it is signed in to. Its latency is set here. */
const NAMES = /^(?:PATH|HOME|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|PULSE_(?!LATENCY).*|PIPEWIRE_.*)$/;

export interface PacatOptions {
  readonly program: string;
  /** A sink; the server's own choice without. */
  readonly device?: string | undefined;
  readonly rateHz: number;
  readonly latencyMs: number;
  /** As it is shown where its volume is set. */
  readonly name: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * A PulseAudio or PipeWire server, through `pacat`. It tells twenty times a second which moment of the stream is heard, to a
 * millisecond, asked of the server for it (pacat(1), `--verbose`).
 */
export function openPacat(
  options: PacatOptions,
  { onReading, onUnderrun, onGone }: DeviceEvents,
): SoundDevice {
  const { program, device, rateHz, latencyMs, name, environment } = options;
  let rest = '';
  const child = new PlayerChild({
    command: [
      program,
      '--playback',
      '--verbose',
      '--raw',
      '--format=float32le',
      `--rate=${rateHz}`,
      '--channels=2',
      `--latency-msec=${latencyMs}`,
      `--process-time-msec=${PROCESS_MS}`,
      '--client-name=Clef',
      `--stream-name=${name}`,
      '--property=media.role=music',
      ...(device === undefined ? [] : [`--device=${device}`]),
    ],
    environment: {
      ...Object.fromEntries(Object.entries(environment).filter(([key]) => NAMES.test(key))),
      LC_ALL: 'C',
    },
    onGone,
    onSaid: (text) => {
      const nowMs = performance.now();
      const said = rest + text;
      if (UNDERRUN.test(said)) onUnderrun();
      const last = [...said.matchAll(TIME)].at(-1);
      if (last) onReading({ nowMs, heardFrames: Math.round(Number(last[1]) * rateHz) });
      // A line may come in pieces; what was read is not read again.
      rest = /[^\r\n]*$/.exec(last ? said.slice(last.index + last[0].length) : said)?.[0] ?? '';
      if (UNDERRUN.test(rest)) rest = '';
    },
  });
  return {
    rateHz,
    write: (samples) =>
      child.write(
        new Uint8Array(samples.buffer.slice(samples.byteOffset, samples.byteOffset + samples.byteLength)),
      ),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
