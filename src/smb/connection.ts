import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SmbAddress, SmbCredentials } from './address.ts';
import type { SmbAnswer, SmbCall, SmbCallName, SmbCalls } from './calls.ts';
import { SmbFault } from './fault.ts';
import { FrameReader, frameHead } from './frames.ts';

export interface SmbConnectionOptions {
  readonly address: SmbAddress;
  readonly credentials: SmbCredentials;
  /** A server that answers nothing for so long is away. */
  readonly silentMs: number;
  /** It died, or was ended. */
  readonly onEnd: () => void;
}

interface Pending {
  readonly into: Uint8Array;
  readonly patienceMs: number;
  readonly onNews?: ((paths: readonly string[]) => void) | undefined;
  readonly resolve: (answer: { readonly value: unknown; readonly lengthBytes: number }) => void;
  readonly reject: (error: SmbFault) => void;
}

export interface CallOptions {
  /** Go along with the call. */
  readonly bytes?: Uint8Array;
  /** For those that come with its answer. */
  readonly into?: Uint8Array;
  /** Of a `watch`; with no paths every second. */
  readonly onNews?: (paths: readonly string[]) => void;
}

/** A process may take long to start on a busy machine. */
const START_MS = 20_000;
const NOTHING = new Uint8Array(0);
const program = fileURLToPath(new URL('process/main.ts', import.meta.url));
/** What the process may want of the environment. Everything else, passwords among it, stays here. */
const PASSED_ON = ['LD_LIBRARY_PATH', 'TEMP', 'TMP', 'TMPDIR'];

/**
 * One connection to a share, and the process that has it. Calls are answered in their order; once one finds the connection
 * broken, all that wait fail and no other is taken.
 */
export class SmbConnection {
  readonly #options: SmbConnectionOptions;
  readonly #child: ChildProcess;
  /** None where no process could be started. */
  readonly #socket: Socket | undefined;
  readonly #pending: Pending[] = [];
  readonly #started: Promise<unknown>;
  #connected: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended: SmbFault | undefined;
  #isConnected = false;
  #hasDied = false;
  #held = 0;

  constructor(options: SmbConnectionOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [program], {
      env: environment(),
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#child.on('error', () => this.end(new SmbFault('away')));
    // Without a free file descriptor it has no `stdio`, whatever its type says, and its error follows.
    const stdio = this.#child.stdio as ChildProcess['stdio'] | undefined;
    this.#socket = stdio?.[3] as Socket | undefined;
    const reader = new FrameReader({
      room: () => this.#pending[0]?.into,
      message: (message, lengthBytes) => this.#answered(message as SmbAnswer, lengthBytes),
      garbled: () => this.end(new SmbFault('away')),
    });
    this.#socket?.on('data', (piece: Uint8Array) => {
      this.#renewPatience();
      reader.take(piece);
    });
    // What ends the process ends its socket; the process's own end is what counts.
    this.#socket?.on('error', () => undefined);
    this.#child.on('exit', () => {
      this.#hasDied = !this.#ended;
      this.end(new SmbFault('away'));
    });
    this.#started = this.#send({ kind: 'start' }, NOTHING, NOTHING, START_MS);
    // Whoever calls first hears of it.
    this.#started.catch(() => undefined);
    // Only who waits for an answer keeps Clef from ending.
    this.#child.unref();
    this.#socket?.unref();
  }

  /** Calls that wait for an answer. */
  get load(): number {
    return this.#pending.length;
  }

  /** Nobody waits for it, and nothing is open in it that somebody will come back to. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && this.#held === 0;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Its process ended by itself, which says nothing of the share. */
  get hasDied(): boolean {
    return this.#hasDied;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects where the library cannot be had. */
  async started(): Promise<void> {
    await this.#started;
  }

  /** Rejects with an SmbFault where the share cannot be had. */
  async connected(): Promise<void> {
    this.#connected ??= this.#connect();
    await this.#connected;
  }

  /** With the bytes that go along, and room for those that come back. Answers how many came, beside the answer. */
  async call<Name extends SmbCallName>(
    call: Extract<SmbCall, { readonly kind: Name }>,
    { bytes = NOTHING, into = NOTHING, onNews }: CallOptions = {},
  ): Promise<{ readonly value: SmbCalls[Name]['answer']; readonly lengthBytes: number }> {
    await this.connected();
    const answer = await this.#send(call, bytes, into, this.#options.silentMs, onNews);
    return answer as { value: SmbCalls[Name]['answer']; lengthBytes: number };
  }

  /** Until it is disposed of, the connection is not idle. */
  hold(): Disposable {
    this.#held++;
    return { [Symbol.dispose]: () => void this.#held-- };
  }

  /** Fails what waits, and kills the process: it may hang in a call that nothing else ends. */
  end(fault: SmbFault = new SmbFault('away')): void {
    if (this.#ended) return;
    this.#ended = fault;
    clearTimeout(this.#timer);
    this.#child.kill('SIGKILL');
    this.#socket?.destroy();
    for (const { reject } of this.#pending.splice(0)) reject(fault);
    this.#options.onEnd();
  }

  async #connect(): Promise<void> {
    await this.#started;
    const { address, credentials, silentMs } = this.#options;
    await this.#send({ kind: 'connect', address, credentials }, NOTHING, NOTHING, silentMs);
    this.#isConnected = true;
  }

  #send(
    call: SmbCall,
    bytes: Uint8Array,
    into: Uint8Array,
    patienceMs: number,
    onNews?: (paths: readonly string[]) => void,
  ): Promise<{ readonly value: unknown; readonly lengthBytes: number }> {
    if (this.#ended) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<{ value: unknown; lengthBytes: number }>();
    this.#pending.push({ into, patienceMs, onNews, resolve, reject });
    if (this.#pending.length === 1) this.#renewPatience();
    this.#socket?.write(frameHead(call, bytes.length));
    if (bytes.length > 0) this.#socket?.write(bytes);
    return promise;
  }

  #answered(answer: SmbAnswer, lengthBytes: number): void {
    if ('news' in answer) {
      this.#pending[0]?.onNews?.(answer.news);
      return;
    }
    const pending = this.#pending.shift();
    this.#renewPatience();
    if (!('fault' in answer)) {
      pending?.resolve({ value: answer.value, lengthBytes });
      return;
    }
    const fault = new SmbFault(answer.fault, answer.errno);
    pending?.reject(fault);
    if (fault.kind !== 'call') this.end(fault);
  }

  /** The call in front has so long again. */
  #renewPatience(): void {
    clearTimeout(this.#timer);
    const [front] = this.#pending;
    this.#timer = front && setTimeout(() => this.end(new SmbFault('silent')), front.patienceMs);
  }
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
