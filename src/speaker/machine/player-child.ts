import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { ClefError } from '../../core/index.ts';

/** What a program said last is what it failed of. */
const LONGEST_SAID_CHARACTERS = 2_000;

export interface PlayerChildOptions {
  readonly command: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  readonly onSaid: (text: string) => void;
  readonly onGone: (error: Error) => void;
}

/** A program that plays what comes on its input. */
export class PlayerChild implements AsyncDisposable {
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #isDisposed = false;
  #said = '';

  constructor({ command: [program, ...args], environment, onSaid, onGone }: PlayerChildOptions) {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], env: environment });
    this.#child = child;
    this.pid = child.pid;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    const onEnd = (why: string) => {
      resolve();
      if (!this.#isDisposed) onGone(new ClefError('not-ready', why));
      this.#isDisposed = true;
    };
    child.on('error', ({ message }) => onEnd(message));
    child.on('close', (code, by) => onEnd(this.#lastLine() ?? `it ended with ${by ?? code}`));
    // What cannot be written any more is told of by its end.
    this.#input.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-LONGEST_SAID_CHARACTERS);
      onSaid(text);
    });
  }

  get #input(): Writable {
    return this.#child.stdin as Writable;
  }

  write(bytes: Uint8Array): void {
    if (!this.#isDisposed) this.#input.write(bytes);
  }

  #lastLine(): string | undefined {
    return this.#said
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .findLast((line) => line !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
