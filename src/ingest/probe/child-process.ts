import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ClefError } from '../../core/index.ts';
import type { PacketTable } from '../../playback/index.ts';
import type { ProbedMedia, ReadableMedia } from '../port.ts';
import { parseAnswer, parseFailure, parseTable } from './answer.ts';
import type { ChildCommand } from './child-command.ts';
import {
  encodeFrame,
  encodeJsonFrame,
  type Frame,
  FRAME,
  FrameAssembler,
  type FrameKind,
  LARGEST_READ_BYTES,
} from './frames.ts';

/** A file is read at most this often over, and this much more, before its reader counts as lost in circles. */
const MOST_READINGS = 4;
const READING_SLACK_BYTES = 16 * 1024 * 1024;

/** Signals by which a system or V8 ends what took too much. */
const COSTLY_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP', 'SIGXCPU', 'SIGKILL', 'SIGILL']);

function tooCostly(what: string): ClefError {
  return new ClefError('media-too-costly', `reading it takes more ${what} than is allowed`);
}

function strangeFrame(): ClefError {
  return new ClefError('internal', 'a probe sent a frame of no known kind');
}

interface Job {
  readonly media: ReadableMedia;
  /** Takes what the child has found; true once that was all. Throws what no sound child gives rise to. */
  readonly receive: (frame: Frame) => boolean;
  readonly reject: (error: unknown) => void;
  readBytes: number;
  timer?: NodeJS.Timeout;
}

/** One child that reads one file at a time. After any failure of the child itself it is dead for good. */
export class ProbeChild {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #assembler = new FrameAssembler();
  readonly #thinkingMs: number;
  #job: Job | undefined;
  #isAlive = true;
  /** Files it was given. */
  fileCount = 0;

  constructor(command: ChildCommand, thinkingMs: number) {
    this.#thinkingMs = thinkingMs;
    // No environment: it holds settings and secrets. Windows does not start a process without this one.
    const root = process.env['SystemRoot'];
    const env = process.platform === 'win32' && root !== undefined ? { SystemRoot: root } : {};
    this.#child = spawn(command.file, command.args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env,
      windowsHide: true,
    });
    this.#child.stdout.on('data', (piece: Buffer) => this.#receive(piece));
    // A write to a child that just died; its exit tells the rest.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', (error) => {
      this.#end(new ClefError('internal', 'the process that reads tags does not start', { cause: error }));
    });
    this.#child.on('exit', (_code, signal) => {
      const costly = signal !== null && COSTLY_SIGNALS.has(signal);
      this.#end(
        costly ? tooCostly('memory') : new ClefError('media-unreadable', 'its reader broke down over it'),
      );
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  probe(media: ReadableMedia, signal?: AbortSignal): Promise<ProbedMedia> {
    let cover: Buffer | undefined;
    return this.#ask(
      FRAME.media,
      media,
      ({ kind, payload }, resolve: (found: ProbedMedia) => void) => {
        if (kind === FRAME.cover) {
          cover = payload;
          return false;
        }
        if (kind !== FRAME.answer) throw strangeFrame();
        resolve(parseAnswer(payload, cover));
        return true;
      },
      signal,
    );
  }

  packetTable(media: ReadableMedia, signal?: AbortSignal): Promise<PacketTable | undefined> {
    return this.#ask(
      FRAME.packets,
      media,
      ({ kind, payload }, resolve: (found: PacketTable | undefined) => void) => {
        if (kind !== FRAME.table) throw strangeFrame();
        resolve(payload.length === 0 ? undefined : parseTable(payload, media.lengthBytes));
        return true;
      },
      signal,
    );
  }

  async #ask<Found>(
    question: FrameKind,
    media: ReadableMedia,
    receive: (frame: Frame, resolve: (found: Found) => void) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<Found> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const job: Job = { media, receive: (frame) => receive(frame, resolve), reject, readBytes: 0 };
    this.#job = job;
    this.fileCount += 1;
    const onAbort = (): void => this.kill(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#child.stdin.write(encodeJsonFrame(question, { lengthBytes: media.lengthBytes }));
    this.#think(job);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(job.timer);
      if (this.#job === job) this.#job = undefined;
    }
  }

  /** The job under way, if any, rejects with the reason. */
  kill(reason: unknown): void {
    this.#end(reason);
    this.#child.kill('SIGKILL');
  }

  /** Between jobs: lets it go in peace. */
  close(): void {
    this.#isAlive = false;
    this.#child.stdin.end();
  }

  #end(reason: unknown): void {
    this.#isAlive = false;
    this.#job?.reject(reason);
    this.#job = undefined;
  }

  /** Runs while the child has all that it asked for; a slow disk is not its fault. */
  #think(job: Job): void {
    clearTimeout(job.timer);
    job.timer = setTimeout(() => {
      // After a stall of this process the answer may lie in the pipe already.
      setImmediate(() => {
        if (this.#job === job) this.kill(tooCostly('time'));
      });
    }, this.#thinkingMs);
  }

  /** A child that says what no sound one says is not trusted with another file. */
  #receive(piece: Buffer): void {
    try {
      for (const frame of this.#assembler.push(piece)) this.#handle(frame);
    } catch (error) {
      this.kill(error);
    }
  }

  #handle(frame: Frame): void {
    const job = this.#job;
    if (!job) throw new ClefError('internal', 'a probe spoke without being asked');
    switch (frame.kind) {
      case FRAME.read:
        clearTimeout(job.timer);
        void this.#answerRead(job, frame.payload);
        return;
      case FRAME.failure:
        job.reject(parseFailure(frame.payload));
        this.#job = undefined;
        return;
      default:
        if (job.receive(frame)) this.#job = undefined;
    }
  }

  async #answerRead(job: Job, payload: Buffer): Promise<void> {
    try {
      const offsetBytes = Number(payload.readBigUInt64BE(0));
      const lengthBytes = payload.readUInt32BE(8);
      job.readBytes += lengthBytes;
      if (job.readBytes > job.media.lengthBytes * MOST_READINGS + READING_SLACK_BYTES)
        throw tooCostly('time');
      if (lengthBytes > LARGEST_READ_BYTES || offsetBytes + lengthBytes > job.media.lengthBytes) {
        throw new ClefError('media-unreadable', 'its reader asked for bytes that it does not have');
      }
      const bytes = await job.media.read(offsetBytes, lengthBytes);
      if (this.#job !== job) return;
      this.#child.stdin.write(encodeFrame(FRAME.bytes, bytes));
      this.#think(job);
    } catch (error) {
      if (this.#job === job) this.kill(error);
    }
  }
}
