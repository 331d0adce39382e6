import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { accessSync, constants as access } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import { ClefError } from '../../core/index.ts';

export interface Limits {
  /** Processor time of one process. */
  readonly cpuSeconds: number;
  /** Address space of one process. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
  readonly wallMs: number;
}

const OPEN_FILES = 64;
/** More than ffprobe has to say of one stream. */
const LONGEST_ANSWER_BYTES = 64 * 1024;

/** By these signals the system ends what took too much: processor time, the size of a file. */
const COSTLY_SIGNALS: ReadonlySet<string> = new Set(['SIGXCPU', 'SIGXFSZ', 'SIGKILL']);

export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, '/usr/local/bin', '/usr/bin', '/bin']
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, access.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface Programs {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** Of util-linux: they set the limits, so that nothing runs without. */
  readonly prlimit: string;
  readonly setpriv: string;
}

/** Undefined where any of them is missing. */
export function findPrograms(): Programs | undefined {
  const [ffmpeg, ffprobe, prlimit, setpriv] = ['ffmpeg', 'ffprobe', 'prlimit', 'setpriv'].map(findProgram);
  return ffmpeg && ffprobe && prlimit && setpriv ? { ffmpeg, ffprobe, prlimit, setpriv } : undefined;
}

/** What sets the limits. */
export type Confiners = Pick<Programs, 'prlimit' | 'setpriv'>;

/** Starts a program within limits of the system: no environment, nothing but what `stdio` names, gone when this process is. */
export function spawnLimited(
  command: readonly string[],
  { prlimit, setpriv }: Confiners,
  { cpuSeconds, memoryBytes, outputBytes }: Omit<Limits, 'wallMs'>,
  stdio: StdioOptions,
): ChildProcess {
  const rules = [
    `--cpu=${cpuSeconds}`,
    `--as=${memoryBytes}`,
    `--fsize=${outputBytes}`,
    `--nofile=${OPEN_FILES}`,
    '--core=0',
  ];
  const confined = [...rules, setpriv, '--no-new-privs', '--pdeathsig', 'KILL', ...command];
  return spawn(prlimit, confined, { stdio, env: {} });
}

/** True where the system ended it for what it took. */
export function wasTooCostly(by: string | null): boolean {
  return by !== null && COSTLY_SIGNALS.has(by);
}

export interface ChildOptions {
  readonly programs: Confiners;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Become descriptors 3, 4, ... of the child, and all that it has besides its output. */
  readonly descriptors: readonly number[];
}

/**
 * Runs a program within limits of the system: no environment, no input, nothing but the descriptors that it is
 * given, gone when this process is. Answers what it wrote to its output. `media-too-costly` where it had to be
 * stopped, `media-unreadable` where it failed.
 */
export async function runLimited(
  command: readonly string[],
  { programs, limits, signal, descriptors }: ChildOptions,
): Promise<string> {
  signal.throwIfAborted();
  const child = spawnLimited(command, programs, limits, ['ignore', 'pipe', 'ignore', ...descriptors]);
  let answer = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    if (answer.length < LONGEST_ANSWER_BYTES) answer += piece;
  });
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, limits.wallMs);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; by: string | null }>();
    child.on('error', reject);
    child.on('close', (code, by) => resolve({ code, by }));
    yieldToListeners(child.pid);
    const { code, by } = await promise;
    signal.throwIfAborted();
    if (wasTooCostly(by)) {
      throw new ClefError('media-too-costly', 'decoding it takes more time or memory than is allowed');
    }
    if (code !== 0) throw new ClefError('media-unreadable', 'its decoder cannot make sense of it');
    return answer;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

/** Whoever listens already comes before what is being made. */
export function yieldToListeners(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}
