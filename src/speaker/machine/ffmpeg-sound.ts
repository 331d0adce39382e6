import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClefError } from '../../core/index.ts';
import { type Programs, spawnLimited, wasTooCostly, yieldToListeners } from '../../transcode/ffmpeg/child.ts';
import { decodeCommand } from '../../transcode/ffmpeg/command.ts';
import type { Sound } from '../port.ts';

/** As a server limits it; a program that only decodes writes no file. */
const LIMITS = { cpuSeconds: 1_200, memoryBytes: 2 ** 30, outputBytes: 0 };
/** Stereo, of 32-bit floats. */
const FRAME_BYTES = 8;

export type SoundPrograms = Pick<Programs, 'ffmpeg' | 'prlimit' | 'setpriv'>;

export interface FfmpegSoundOptions {
  readonly programs: SoundPrograms;
  readonly rateHz: number;
  readonly fromSeconds: number;
  /** A file that is all there, or what comes in order. */
  readonly input:
    | { readonly kind: 'file'; readonly fd: number }
    | { readonly kind: 'pipe'; readonly bytes: AsyncIterable<Uint8Array> };
  readonly signal: AbortSignal;
}

/** Decodes in a confined child process, which waits while nobody takes what it has. */
export function ffmpegSound({ programs, rateHz, fromSeconds, input, signal }: FfmpegSoundOptions): Sound {
  const command = decodeCommand(programs, { fromSeconds, rateHz, input: input.kind });
  const third = input.kind === 'file' ? input.fd : 'pipe';
  const child = spawnLimited(command, programs, LIMITS, ['ignore', 'pipe', 'ignore', third]);
  const ended = endOf(child);
  // What is decoded already comes before what will be heard later.
  yieldToListeners(child.pid);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let unfed: unknown;
  if (input.kind === 'pipe') {
    // Of `pipe` in its options, too.
    pipeline(input.bytes, child.stdio[3] as Writable).catch((error: NodeJS.ErrnoException) => {
      // It has read enough, or has ended.
      if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      unfed = error;
      kill();
    });
  }
  // Of `pipe` in its options.
  const pieces = (child.stdout as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Uint8Array = new Uint8Array();

  return {
    async next() {
      for (;;) {
        const { value, done } = await pieces.next();
        signal.throwIfAborted();
        if (done) {
          const { code, by } = await ended;
          if (unfed !== undefined) throw unfed;
          if (wasTooCostly(by))
            throw new ClefError('media-too-costly', 'decoding it takes more time or memory than is allowed');
          if (code !== 0) throw new ClefError('media-unreadable', 'its decoder cannot make sense of it');
          return undefined;
        }
        const bytes = rest.length === 0 ? value : Buffer.concat([rest, value]);
        const whole = bytes.length - (bytes.length % FRAME_BYTES);
        rest = bytes.subarray(whole);
        // Copied: floats lie at multiples of four, pieces anywhere.
        if (whole > 0) return new Float32Array(Uint8Array.from(bytes.subarray(0, whole)).buffer);
      }
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', kill);
      kill();
      await ended;
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly by: string | null;
}

function endOf(child: ChildProcess): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  child.on('error', () => resolve({ code: -1, by: null }));
  child.on('exit', (code, by) => resolve({ code, by }));
  return promise;
}
