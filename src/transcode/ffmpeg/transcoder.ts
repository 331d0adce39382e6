import type { FileHandle } from 'node:fs/promises';
import { ClefError, isClefError } from '../../core/index.ts';
import type { Rendition, RenditionKind, Transcoder, TranscodeInput } from '../port.ts';
import { type ChildOptions, findPrograms, type Limits, type Programs, runLimited } from './child.ts';
import { inspectCommand, kindFor, parseStream, transcodeCommand } from './command.ts';
import { assertRoom, fillSpool, memoryFolder, openSpool } from './spool.ts';

/** An hour of stereo at 24 bits and 96 kHz is 2 GB of samples, and 1.2 GB of FLAC. */
const MOST_INPUT_BYTES = 2 ** 31;
const DEFAULT_LIMITS: Limits = {
  cpuSeconds: 1_200,
  memoryBytes: 2 ** 30,
  outputBytes: 2 ** 31,
  wallMs: 1_800_000,
};

const MEDIA_TYPES: Readonly<Record<RenditionKind, string>> = { flac: 'audio/flac', opus: 'audio/ogg' };

export interface FfmpegOptions {
  readonly limits?: Partial<Limits>;
  /** For tests; undefined where none are installed. */
  readonly programs?: Programs | undefined;
}

/** The adapter of `Transcoder` that runs ffmpeg, if it is installed by the time that it is needed. */
export function createFfmpegTranscoder(options: FfmpegOptions = {}): Transcoder {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };

  return {
    async transcode(input) {
      const programs = 'programs' in options ? options.programs : findPrograms();
      const folder = await memoryFolder();
      if (!programs || folder === undefined) throw missing(programs !== undefined);
      if (input.lengthBytes > MOST_INPUT_BYTES) {
        throw new ClefError('media-too-costly', 'it is too large to be held in memory while it is decoded');
      }
      await assertRoom(folder, input.lengthBytes * 2);
      try {
        return await transcode({ programs, limits, folder, input });
      } catch (error) {
        // What ran out of room looks like what cannot be decoded.
        if (isClefError(error, 'media-unreadable') || !isClefError(error)) await assertRoom(folder);
        throw error;
      }
    },
  };
}

interface Job {
  readonly programs: Programs;
  readonly limits: Limits;
  readonly folder: string;
  readonly input: TranscodeInput;
}

async function transcode({ programs, limits, folder, input }: Job): Promise<Rendition> {
  const { plaintext, lengthBytes, kinds, signal } = input;
  await using source = await openSpool(folder);
  await fillSpool(source, plaintext, lengthBytes);
  const child: ChildOptions = { programs, limits, signal, descriptors: [source.fd] };
  const stream = parseStream(await runLimited(inspectCommand(programs), child));
  const kind = kindFor(stream, kinds);
  await using stack = new AsyncDisposableStack();
  const output = stack.use(await openSpool(folder));
  const descriptors = [source.fd, output.fd];
  await runLimited(transcodeCommand(programs, stream, kind), { ...child, descriptors });
  const { size } = await output.stat();
  if (size === 0) throw new ClefError('media-unreadable', 'its decoder finds no music in it');
  stack.move();
  return rendition(output, kind, size);
}

function rendition(output: FileHandle, kind: RenditionKind, lengthBytes: number): Rendition {
  return {
    kind,
    mediaType: MEDIA_TYPES[kind],
    lengthBytes,
    async read(offsetBytes, wantedBytes) {
      const bytes = new Uint8Array(Math.max(0, Math.min(wantedBytes, lengthBytes - offsetBytes)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await output.read(bytes, filled, bytes.length - filled, offsetBytes + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    [Symbol.asyncDispose]: () => output.close(),
  };
}

function missing(hasPrograms: boolean): ClefError {
  const what = hasPrograms
    ? 'a file system in memory at /dev/shm'
    : 'ffmpeg, and prlimit and setpriv of util-linux, on this machine';
  return new ClefError('transcoder-missing', `a rendition of this track needs ${what}`);
}
