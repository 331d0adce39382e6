import type { MetricSample } from '../ports.ts';

/** Upper bounds in seconds. */
export const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

export interface DurationHistogram {
  /** How many took at most the bound of the same index; the last element counts all. */
  readonly cumulative: readonly number[];
  readonly sumSeconds: number;
}

/** Counts what the server does, cheaply enough for every request. */
export class Traffic {
  readonly #requests = new Map<string, { route: string; status: string; count: number }>();
  readonly #buckets = [...DURATION_BOUNDS.map(() => 0), 0];
  #sumSeconds = 0;
  #openStreams = 0;
  #sentBytes = 0;
  #cutStreams = 0;

  /** `route` is a pattern or an endpoint's name, never what a client wrote: labels stay few. */
  request(route: string, status: number, durationMs: number): void {
    this.#count(route, status);
    const seconds = durationMs / 1000;
    const index = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = index < 0 ? DURATION_BOUNDS.length : index;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#sumSeconds += seconds;
  }

  /** Apart from the others: how long it takes is the client's choice. */
  mediaRequest(route: string, status: number): void {
    this.#count(route, status);
  }

  #count(route: string, status: number): void {
    const statusClass = `${Math.floor(status / 100)}xx`;
    const key = `${statusClass} ${route}`;
    const counted = this.#requests.get(key);
    if (counted) counted.count++;
    else this.#requests.set(key, { route, status: statusClass, count: 1 });
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  streamOpened(): void {
    this.#openStreams++;
  }

  streamClosed(sentBytes: number, wasCut: boolean): void {
    this.#openStreams--;
    this.#sentBytes += sentBytes;
    if (wasCut) this.#cutStreams++;
  }

  durations(): DurationHistogram {
    let total = 0;
    return {
      cumulative: this.#buckets.map((count) => {
        total += count;
        return total;
      }),
      sumSeconds: this.#sumSeconds,
    };
  }

  samples(): readonly MetricSample[] {
    const requests = Array.from(
      this.#requests.values(),
      ({ route, status, count }): MetricSample => ({
        name: 'clef_http_requests_total',
        help: 'Answered requests.',
        kind: 'counter',
        value: count,
        labels: { route, status },
      }),
    );
    return [
      ...requests,
      {
        name: 'clef_http_open_streams',
        help: 'Media answers under way.',
        kind: 'gauge',
        value: this.#openStreams,
      },
      {
        name: 'clef_http_media_sent_bytes_total',
        help: 'Bytes of media handed to clients.',
        kind: 'counter',
        value: this.#sentBytes,
      },
      {
        name: 'clef_http_media_failures_total',
        help: 'Media answers that a fault ended.',
        kind: 'counter',
        value: this.#cutStreams,
      },
    ];
  }
}
