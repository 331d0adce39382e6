import type { ClusterServer, Membership } from './membership.ts';
import type { MembershipNews, MembershipSource } from './membership-source.ts';
import { type ProbeServer, ReadyServers } from './ready-servers.ts';

export type { ProbeServer } from './ready-servers.ts';

/** Name of a file, and what is in it. */
export type EdgeFiles = Readonly<Record<string, string>>;

/**
 * Has an edge work by these files. Resolves once it does; rejects where it refuses them, and works as before then. One call at a time.
 */
export type ApplyToEdge = (files: EdgeFiles) => Promise<void>;

/** What happened, for a log. */
export type WatchEvent =
  | { readonly kind: 'unknown'; readonly error: unknown }
  /** The source knows nobody: the edge stays as it is. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'changed'; readonly cause: string }
  /** None is ready, so that all are kept. */
  | { readonly kind: 'none-ready' }
  | { readonly kind: 'applied'; readonly servers: readonly string[]; readonly causes: readonly string[] }
  | { readonly kind: 'failed'; readonly error: unknown; readonly againInMs: number };

export interface WatchEdgeOptions {
  readonly source: MembershipSource;
  readonly probe: ProbeServer;
  readonly render: (membership: Membership) => EdgeFiles;
  readonly apply: ApplyToEdge;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
  readonly probeEveryMs?: number;
  readonly silences?: number;
}

const PROBE_EVERY_MS = 1_000;
const SILENCES = 2;
/** What comes together is applied together. */
const GATHER_MS = 200;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Keeps an edge to who is there and ready, until it is told to stop. */
export async function watchEdge(options: WatchEdgeOptions): Promise<void> {
  using watch = new EdgeWatch(options);
  await options.source.watch((news) => watch.hear(news), options.signal);
  await watch.settled();
}

class EdgeWatch implements Disposable {
  readonly #options: WatchEdgeOptions;
  readonly #ready: ReadyServers;
  #membership: Membership | undefined;
  #causes: string[] = [];
  #applied: string | undefined;
  #wasNoneReady = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #applying: Promise<void> | undefined;
  #isAskedMeanwhile = false;
  #retryMs = FIRST_RETRY_MS;
  #isEnded = false;

  constructor(options: WatchEdgeOptions) {
    const { probe, probeEveryMs = PROBE_EVERY_MS, silences = SILENCES } = options;
    this.#options = options;
    this.#ready = new ReadyServers({
      probe,
      everyMs: probeEveryMs,
      silences,
      onChange: (name, answer) =>
        this.#changed(`${name} ${answer === 'ready' ? 'is ready' : saidBy(answer)}`),
      onSettled: () => this.#gather(),
    });
  }

  hear(news: MembershipNews): void {
    const { onEvent } = this.#options;
    if (news.kind === 'unknown') {
      onEvent(news);
      return;
    }
    if (news.membership.servers.length === 0) {
      onEvent({ kind: 'empty' });
      return;
    }
    for (const cause of differences(this.#membership?.servers ?? [], news.membership.servers))
      this.#changed(cause);
    this.#membership = news.membership;
    this.#ready.follow(news.membership.servers.filter(({ state }) => state === 'ready'));
    this.#gather();
  }

  /** What is being applied is finished. */
  async settled(): Promise<void> {
    this[Symbol.dispose]();
    await this.#applying;
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#ready[Symbol.dispose]();
  }

  #changed(cause: string): void {
    this.#causes.push(cause);
    this.#options.onEvent({ kind: 'changed', cause });
    this.#retryMs = FIRST_RETRY_MS;
    this.#gather();
  }

  #gather(afterMs = GATHER_MS): void {
    if (this.#applying) this.#isAskedMeanwhile = true;
    if (this.#isEnded || this.#applying) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#applying = this.#applyAndGoOn();
    }, afterMs);
  }

  async #applyAndGoOn(): Promise<void> {
    const againInMs = await this.#apply();
    this.#applying = undefined;
    const afterMs = this.#isAskedMeanwhile ? GATHER_MS : againInMs;
    this.#isAskedMeanwhile = false;
    if (afterMs !== undefined) this.#gather(afterMs);
  }

  /** In how long to try again; undefined where it was applied. */
  async #apply(): Promise<number | undefined> {
    const { render, apply, onEvent } = this.#options;
    const membership = this.#wanted();
    if (!membership) return undefined;
    const causes = this.#causes;
    this.#causes = [];
    try {
      const files = render(membership);
      const text = JSON.stringify(files);
      if (text !== this.#applied) {
        await apply(files);
        this.#applied = text;
        const servers = membership.servers.map(({ name }) => name);
        onEvent({ kind: 'applied', servers, causes });
      }
      this.#retryMs = FIRST_RETRY_MS;
      return undefined;
    } catch (error) {
      const againInMs = this.#retryMs;
      this.#causes = [...causes, ...this.#causes];
      this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * againInMs);
      onEvent({ kind: 'failed', error, againInMs });
      return againInMs;
    }
  }

  /** Undefined where each server is to be asked once before: an edge that starts does not begin with half of them. */
  #wanted(): Membership | undefined {
    if (!this.#membership) return undefined;
    const { servers } = this.#membership;
    const ready = servers.filter((server) => this.#ready.isReady(server));
    const isNoneReady = ready.length === 0;
    if (!this.#ready.isSettled && (isNoneReady || this.#applied === undefined)) return undefined;
    if (isNoneReady && !this.#wasNoneReady) this.#options.onEvent({ kind: 'none-ready' });
    this.#wasNoneReady = isNoneReady;
    if (isNoneReady) return { servers: allKept(servers) };
    return { servers: servers.filter((server) => server.state === 'draining' || ready.includes(server)) };
  }
}

/** An edge without any server would be of no use: where all drain, they are asked nonetheless. */
function allKept(servers: readonly ClusterServer[]): readonly ClusterServer[] {
  const isAnyLeft = servers.some(({ state }) => state === 'ready');
  return isAnyLeft ? servers : servers.map((server) => ({ ...server, state: 'ready' }));
}

function saidBy(answer: 'not-ready' | 'silent'): string {
  return answer === 'silent' ? 'does not answer' : 'is not ready';
}

function differences(before: readonly ClusterServer[], now: readonly ClusterServer[]): readonly string[] {
  const known = new Map(before.map((server) => [server.name, server]));
  const there = new Set(now.map(({ name }) => name));
  return [
    ...before.filter(({ name }) => !there.has(name)).map(({ name }) => `${name} went`),
    ...now.flatMap((server) => {
      const { name, host, port, state } = server;
      const was = known.get(name);
      if (!was) return [`${name} came`];
      return [
        ...(was.host === host && was.port === port ? [] : [`${name} moved`]),
        ...(was.state === state ? [] : [`${name} ${state === 'ready' ? 'drains no more' : 'drains'}`]),
      ];
    }),
  ];
}
