import { ClefError, isClefError } from '../../core/index.ts';
import { decodePathKey } from '../scan/path-key.ts';
import { type Scope, scopeOfHint, WHOLE } from '../scan/scope.ts';
import { Agenda } from './agenda.ts';
import type { WatchHints } from './hints.ts';
import type { WatchMode } from './mode.ts';

/** What came of looking at a source, or at parts of it. */
export interface Looked {
  readonly isWhole: boolean;
  /** What was still being written. */
  readonly unfinished?: { readonly pathKeys: readonly string[]; readonly lookAgainMs: number };
}

export interface SourceWatchOptions {
  /** Between two looks at all of it. */
  readonly intervalMs: number;
  /** Undefined where only a schedule helps, for this reason. */
  readonly hints: WatchHints | { readonly none: string };
  /** Whether its disk is this machine's, so that hints leave out little. */
  readonly isLocal: boolean;
  /**
   * Looks, and comes back when done; an abort rejects. Without scopes: at all of it. Its faults are its caller's to tell.
   */
  readonly look: (scopes: readonly Scope[] | undefined, signal: AbortSignal) => Promise<unknown>;
  readonly now: () => number;
}

/** All of a source that tells of its changes is looked at so many times less often. */
const RARER = 12;
/** After which a share that went away is asked again to tell of its changes. */
const ASK_AGAIN_MS = 60_000;
/** After which a look that failed is made again; each time that it fails again, twice as long, up to the interval. */
const FIRST_RETRY_MS = 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps a source in step: looks where hints point, at what was unfinished, and now and then at all of it. One look at a
 * time: whatever comes meanwhile is one more look after it.
 */
export class SourceWatch implements AsyncDisposable {
  readonly #options: SourceWatchOptions;
  readonly #agenda = new Agenda();
  readonly #stopping = new AbortController();
  readonly #listening: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wholeDueMs: number;
  #retryMs = FIRST_RETRY_MS;
  #mode: WatchMode = { kind: 'starting' };

  constructor(options: SourceWatchOptions) {
    this.#options = options;
    this.#wholeDueMs = options.now() + options.intervalMs;
    if ('none' in options.hints) this.#schedule(options.hints.none);
    else this.#listening = this.#keepListening(options.hints);
    this.#arm();
  }

  get mode(): WatchMode {
    return this.#mode;
  }

  /** Somebody looked, this watch or another: what it left is looked at again. */
  looked({ isWhole, unfinished }: Looked): void {
    const nowMs = this.#options.now();
    if (isWhole) this.#wholeDueMs = nowMs + this.#everyMs;
    if (unfinished) {
      const scopes = unfinished.pathKeys.flatMap((key) => scopeOfHint(decodePathKey(key)) ?? []);
      this.#agenda.plan(scopes, nowMs + unfinished.lookAgainMs);
    }
    this.#arm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new ClefError('not-ready', 'the watch of a source ends'));
    clearTimeout(this.#timer);
    await Promise.all([this.#listening, this.#looking]);
  }

  get #everyMs(): number {
    const { intervalMs, isLocal } = this.#options;
    return this.#mode.kind === 'notified' && isLocal ? intervalMs * RARER : intervalMs;
  }

  #schedule(reason: string): void {
    this.#mode = { kind: 'scheduled', everyMs: this.#options.intervalMs, reason };
  }

  async #keepListening(hints: WatchHints): Promise<void> {
    const { signal } = this.#stopping;
    for (let isFirst = true; ; isFirst = false) {
      try {
        await hints({
          signal,
          onWatching: () => this.#isHeard(isFirst),
          onHint: (path) => {
            this.#agenda.hint(path, this.#options.now());
            this.#arm();
          },
        });
      } catch (error) {
        if (signal.aborted) return;
        this.#schedule(isClefError(error) ? error.message : 'its changes cannot be watched');
        this.#arm();
        if (!isClefError(error, 'source-missing')) return;
      }
      if (!(await this.#rested(ASK_AGAIN_MS))) return;
    }
  }

  #isHeard(isFirst: boolean): void {
    const { intervalMs, isLocal, now } = this.#options;
    this.#mode = { kind: 'notified', everyMs: isLocal ? intervalMs * RARER : intervalMs };
    this.#wholeDueMs = Math.max(this.#wholeDueMs, now() + this.#everyMs);
    // Nobody told what changed in between.
    if (!isFirst) this.#agenda.plan([WHOLE], now());
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#looking || this.#stopping.signal.aborted) return;
    const dueMs = Math.min(this.#agenda.dueMs, this.#wholeDueMs);
    const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, dueMs - this.#options.now()));
    this.#timer = setTimeout(() => this.#due(), waitMs).unref();
  }

  #due(): void {
    const nowMs = this.#options.now();
    const isWholeDue = nowMs >= this.#wholeDueMs;
    if (!isWholeDue && nowMs < this.#agenda.dueMs) {
      this.#arm();
      return;
    }
    const scopes = this.#agenda.take();
    const isWhole = isWholeDue || scopes.some(({ folder, isDeep }) => folder === '' && isDeep);
    if (isWhole) this.#wholeDueMs = nowMs + this.#everyMs;
    this.#looking = this.#look(isWhole, scopes);
  }

  async #look(isWhole: boolean, scopes: readonly Scope[]): Promise<void> {
    try {
      await this.#options.look(isWhole ? undefined : scopes, this.#stopping.signal);
      this.#retryMs = FIRST_RETRY_MS;
    } catch {
      this.#failed(isWhole, scopes);
    } finally {
      this.#looking = undefined;
      this.#arm();
    }
  }

  /** What was to be looked at still is: nobody will tell of it a second time. */
  #failed(isWhole: boolean, scopes: readonly Scope[]): void {
    if (this.#stopping.signal.aborted) return;
    const retryAtMs = this.#options.now() + this.#retryMs;
    // Not on the agenda, where the next hint would have all of the source looked at at once.
    if (isWhole) this.#wholeDueMs = Math.min(this.#wholeDueMs, retryAtMs);
    else this.#agenda.plan(scopes, retryAtMs);
    this.#retryMs = Math.min(this.#retryMs * 2, Math.max(FIRST_RETRY_MS, this.#options.intervalMs));
  }

  /** False where the watch ends first. */
  async #rested(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms).unref();
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    return !signal.aborted;
  }
}
