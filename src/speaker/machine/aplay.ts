import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceEvents, SoundDevice } from '../port.ts';
import { PlayerChild } from './player-child.ts';

const READ_EVERY_MS = 50;
/** Samples of 16 bits, which every sound card takes. */
const FULL_SCALE = 0x7fff;

export interface AplayOptions {
  readonly program: string;
  /** As `aplay -L` names it; ALSA's default without. */
  readonly device?: string | undefined;
  readonly rateHz: number;
  readonly latencyMs: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the kernel tells of its sound cards; /proc/asound. */
  readonly proc: string;
}

/**
 * A sound card of the kernel's, through `aplay`. When its frames are heard the kernel tells in /proc/asound (the kernel's
 * Documentation/sound/designs/procfile.rst). Where the card ran dry, counting begins anew, and so does the program.
 */
export function openAplay(options: AplayOptions, { onReading, onGone }: DeviceEvents): SoundDevice {
  const { program, device, rateHz, latencyMs, environment, proc } = options;
  const { PATH, HOME } = environment;
  const child = new PlayerChild({
    command: [
      program,
      '--quiet',
      '--file-type=raw',
      '--format=S16_LE',
      '--channels=2',
      `--rate=${rateHz}`,
      `--buffer-time=${latencyMs * 1_000}`,
      ...(device === undefined ? [] : [`--device=${device}`]),
      '-',
    ],
    environment: { ...(PATH && { PATH }), ...(HOME && { HOME }), LC_ALL: 'C' },
    onGone: (error) => {
      clearInterval(reading);
      onGone(error);
    },
    onSaid: (text) => {
      if (/underrun/.test(text)) void dispose().then(() => onGone(new Error('the sound card ran dry')));
    },
  });
  const reading = setInterval(() => {
    const heard = child.pid === undefined ? undefined : heardOf(proc, child.pid);
    if (heard) onReading({ nowMs: performance.now(), heardFrames: heard.frames * (rateHz / heard.rateHz) });
  }, READ_EVERY_MS);
  const dispose = () => {
    clearInterval(reading);
    return child[Symbol.asyncDispose]();
  };
  return {
    rateHz,
    write: (samples) => child.write(wholeNumbers(samples)),
    [Symbol.asyncDispose]: dispose,
  };
}

function wholeNumbers(samples: Float32Array): Uint8Array {
  const whole = Int16Array.from(samples, (sample) =>
    Math.round(Math.max(-1, Math.min(sample, 1)) * FULL_SCALE),
  );
  return new Uint8Array(whole.buffer);
}

interface HeardByCard {
  readonly frames: number;
  /** Of the card, which may be another than that of what is played. */
  readonly rateHz: number;
}

/** What of a process's frames its card has put out; undefined where none of the cards plays for it. */
function heardOf(proc: string, pid: number): HeardByCard | undefined {
  for (const folder of substreams(proc)) {
    const status = fieldsOf(join(folder, 'status'));
    if (status.get('owner_pid') !== String(pid) || status.get('state') !== 'RUNNING') continue;
    const frames = Number(status.get('appl_ptr')) - Number(status.get('delay'));
    const rateHz = Number.parseInt(fieldsOf(join(folder, 'hw_params')).get('rate') ?? '', 10);
    if (frames > 0 && rateHz > 0) return { frames, rateHz };
  }
  return undefined;
}

function substreams(proc: string): readonly string[] {
  return below(proc, /^card\d+$/)
    .flatMap((card) => below(card, /^pcm\d+p$/))
    .flatMap((device) => below(device, /^sub\d+$/));
}

function below(folder: string, name: RegExp): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((entry) => name.test(entry))
      .map((entry) => join(folder, entry));
  } catch {
    return [];
  }
}

/** Lines of `name : value`. */
function fieldsOf(file: string): ReadonlyMap<string, string> {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // The card has gone meanwhile.
  }
  const lines = text.split('\n').map((line) => /^(\w+)\s*: *(.*)$/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[line[1] ?? '', line[2] ?? '']] : [])));
}
