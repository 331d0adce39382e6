import type { SmbFault } from './fault.ts';

/** Where nobody answered, so long nobody is asked again: a connection costs a process. */
const RETRY_AFTER_MS = 500;
/** After a refused logon: servers lock an account, or block a client, that comes with a wrong password again and again. */
const LOG_ON_AGAIN_AFTER_MS = 60_000;
/** With each further refusal twice as long as before, up to this. */
const LOG_ON_AGAIN_AT_MOST_MS = 8 * 60_000;

/** How connecting to a share failed last, for as long as it is not to be tried again. */
export class FailedConnecting {
  readonly #monotonicMs: () => number;
  #fault: SmbFault | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;
  #refusedForMs = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Undefined where connecting may be tried. */
  get remembered(): SmbFault | undefined {
    return this.#monotonicMs() < this.#untilMs ? this.#fault : undefined;
  }

  /** All who waited for one connection bring the same fault: it counts once. */
  note(fault: SmbFault): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#untilMs = this.#monotonicMs() + this.#pauseMs(fault);
  }

  /** A connection was made. */
  forget(): void {
    this.#fault = undefined;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    this.#refusedForMs = 0;
  }

  /** A server that is away between two refusals takes nothing back. */
  #pauseMs({ kind }: SmbFault): number {
    if (kind !== 'refused') return RETRY_AFTER_MS;
    this.#refusedForMs = Math.min(this.#refusedForMs * 2 || LOG_ON_AGAIN_AFTER_MS, LOG_ON_AGAIN_AT_MOST_MS);
    return this.#refusedForMs;
  }
}
