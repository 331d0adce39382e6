import type { Logger } from 'pino';
import type { Activity, HttpServer } from '../../http/index.ts';
import type { MediaWorkers } from './media-workers.ts';

/** How far a server is that empties itself. */
export interface DrainProgress extends Activity {
  readonly phase: 'turning-away' | 'devices' | 'streams' | 'gone';
  /** Streams that were still under way when their time was over. */
  readonly cutStreams: number;
}

export interface DrainOptions {
  readonly http: Pick<HttpServer, 'beginDrain' | 'sendDevicesAway' | 'activity' | 'close'>;
  /** Edges send listeners here: they get the time to turn away, and devices have elsewhere to go. */
  readonly isInCluster: boolean;
  /** Aborted where the process is told to stop by the system, which will not wait for long. */
  readonly stop: AbortSignal;
  readonly log: Logger;
  /** Others are to be told that it drains. */
  readonly onBegun: () => void;
}

/** For streams under way where the process was told to stop by the system. */
const STOPPED_WITHIN_MS = 15_000;
/** An edge asks once a second whether a server is ready, and gathers for a moment before it reloads. */
const TURN_AWAY_MS = 2_000;
/** So that devices do not come back elsewhere all at once. */
const SPREAD_A_DEVICE_MS = 10;
const LONGEST_SPREAD_MS = 5_000;
const TELL_EVERY_MS = 500;

/** Empties a server in order: not ready, devices sent elsewhere, streams finished, gone. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #begun = new AbortController();
  readonly #listeners = new Set<(progress: DrainProgress) => void>();
  readonly #gone = Promise.withResolvers<DrainProgress>();
  #withinMs = STOPPED_WITHIN_MS;
  #phase: DrainProgress['phase'] = 'turning-away';
  #cutStreams = 0;

  constructor(options: DrainOptions) {
    const { stop } = options;
    this.#options = options;
    if (stop.aborted) this.#begun.abort();
    else stop.addEventListener('abort', () => this.#begun.abort(), { once: true });
  }

  /** Aborted once the server is to end. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Has the server end once what it streams is finished, or after this time. It goes on where whoever asked is gone. */
  ask(withinMs: number): void {
    if (this.#begun.signal.aborted) return;
    this.#withinMs = withinMs;
    this.#begun.abort();
  }

  /** Tells how far it is until the server is gone. */
  async follow(onProgress: (progress: DrainProgress) => void, signal: AbortSignal): Promise<DrainProgress> {
    this.#listeners.add(onProgress);
    signal.addEventListener('abort', () => this.#listeners.delete(onProgress), { once: true });
    return this.#gone.promise;
  }

  /** To be called once it has begun. */
  async run(workers: Pick<MediaWorkers, 'drain'> | undefined): Promise<void> {
    const { http, isInCluster, stop, log, onBegun } = this.#options;
    const hasElsewhere = isInCluster || !stop.aborted;
    http.beginDrain();
    onBegun();
    log.info({ ...http.activity(), withinMs: this.#boundMs() }, 'draining');
    this.#tell();
    const telling = setInterval(() => this.#tell(), TELL_EVERY_MS);
    try {
      if (isInCluster) await new Promise((resolve) => setTimeout(resolve, TURN_AWAY_MS));
      this.#enter('devices');
      const { sockets } = http.activity();
      const overMs = hasElsewhere ? Math.min(LONGEST_SPREAD_MS, sockets * SPREAD_A_DEVICE_MS) : 0;
      await http.sendDevicesAway(overMs, stop);
      this.#enter('streams');
      await this.#finishStreams(workers);
    } finally {
      clearInterval(telling);
      log.info({ cutStreams: this.#cutStreams }, 'drained');
      this.#enter('gone');
      this.#gone.resolve(this.#progress());
    }
  }

  async #finishStreams(workers: Pick<MediaWorkers, 'drain'> | undefined): Promise<void> {
    const { http, stop } = this.#options;
    const end = async (withinMs: number) => {
      // Just before they are cut: then they are under way no more.
      const counting = setTimeout(() => (this.#cutStreams = http.activity().streams), withinMs);
      await Promise.all([http.close(withinMs), workers?.drain(withinMs)]);
      clearTimeout(counting);
    };
    const beganMs = performance.now();
    const hurry = () => {
      const leftMs = this.#withinMs - (performance.now() - beganMs);
      void end(Math.min(STOPPED_WITHIN_MS, Math.max(0, leftMs)));
    };
    stop.addEventListener('abort', hurry, { once: true });
    await end(this.#boundMs());
    stop.removeEventListener('abort', hurry);
  }

  #boundMs(): number {
    return this.#options.stop.aborted ? STOPPED_WITHIN_MS : this.#withinMs;
  }

  #enter(phase: DrainProgress['phase']): void {
    this.#phase = phase;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#progress());
  }

  #progress(): DrainProgress {
    return { ...this.#options.http.activity(), phase: this.#phase, cutStreams: this.#cutStreams };
  }
}
