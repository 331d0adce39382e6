import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClefError } from '../../core/index.ts';

export interface RunNginxOptions {
  /** `current` of the folder that configurations are applied to, with a slash at its end. */
  readonly prefix: string;
  readonly main: string;
  readonly program?: string;
  /** It ended without being told to. */
  readonly onExit: (error: ClefError) => void;
}

/** Connections of listeners get so long to end by themselves. */
const GRACE_MS = 10_000;

/** An NGINX of this process's own, which ends with it. */
export class RunningNginx implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #isStopping = false;

  private constructor(child: ChildProcess, onExit: RunNginxOptions['onExit']) {
    this.#child = child;
    this.#ended = once(child, 'close');
    child.once('exit', (code, signal) => {
      if (!this.#isStopping)
        onExit(new ClefError('edge-refused', `NGINX ended by ${signal ?? `exit code ${code}`}`));
    });
  }

  /** In the foreground; what it says goes to standard error. */
  static async start({ prefix, main, program = 'nginx', onExit }: RunNginxOptions): Promise<RunningNginx> {
    const child = spawn(program, ['-p', prefix, '-c', main, '-e', 'stderr', '-g', 'daemon off;'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
      await once(child, 'spawn');
    } catch (cause) {
      throw new ClefError('edge-refused', 'the program nginx is missing', { cause });
    }
    return new RunningNginx(child, onExit);
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#child.kill('SIGQUIT');
    const cut = setTimeout(() => this.#child.kill('SIGTERM'), GRACE_MS);
    await this.#ended;
    clearTimeout(cut);
  }
}
