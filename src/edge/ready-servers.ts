import type { ClusterServer } from './membership.ts';

/** What a server says when it is asked whether listeners may be sent to it. Silence is something else than a no: it may be the network's. */
export type ProbeAnswer = 'ready' | 'not-ready' | 'silent';

/** Answers within a bounded time, and never rejects. */
export type ProbeServer = (server: ClusterServer, signal: AbortSignal) => Promise<ProbeAnswer>;

export interface ReadyServersOptions {
  readonly probe: ProbeServer;
  readonly everyMs: number;
  /** A server that was silent so often in a row is away. */
  readonly silences: number;
  /** A server is ready now, or is so no more. */
  readonly onChange: (name: string, answer: ProbeAnswer) => void;
  /** Each server that is followed has answered, or not, once. */
  readonly onSettled: () => void;
}

interface Probed {
  readonly stop: AbortController;
  silences: number;
  isReady: boolean;
  wasAsked: boolean;
}

/** Asks each server again and again whether it is ready, for as long as it is followed. */
export class ReadyServers implements Disposable {
  readonly #options: ReadyServersOptions;
  readonly #probed = new Map<string, Probed>();

  constructor(options: ReadyServersOptions) {
    this.#options = options;
  }

  /** Each server was asked at least once. */
  get isSettled(): boolean {
    return [...this.#probed.values()].every(({ wasAsked }) => wasAsked);
  }

  isReady(server: ClusterServer): boolean {
    return this.#probed.get(keyOf(server))?.isReady ?? false;
  }

  /** These and no others. One whose address changes is another one. */
  follow(servers: readonly ClusterServer[]): void {
    const wanted = new Map(servers.map((server) => [keyOf(server), server]));
    for (const [key, { stop }] of this.#probed) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.#probed.delete(key);
    }
    for (const [key, server] of wanted) {
      if (this.#probed.has(key)) continue;
      const probed = { stop: new AbortController(), silences: 0, isReady: false, wasAsked: false };
      this.#probed.set(key, probed);
      void this.#ask(server, probed);
    }
  }

  [Symbol.dispose](): void {
    this.follow([]);
  }

  async #ask(server: ClusterServer, probed: Probed): Promise<void> {
    const { probe, everyMs, onSettled } = this.#options;
    const { signal } = probed.stop;
    const answer = await probe(server, signal);
    if (signal.aborted) return;
    const isFirst = !probed.wasAsked;
    probed.wasAsked = true;
    this.#hear(server, probed, answer);
    if (isFirst && this.isSettled) onSettled();
    const next = setTimeout(() => void this.#ask(server, probed), everyMs);
    signal.addEventListener('abort', () => clearTimeout(next), { once: true });
  }

  #hear({ name }: ClusterServer, probed: Probed, answer: ProbeAnswer): void {
    const { silences, onChange } = this.#options;
    probed.silences = answer === 'silent' ? probed.silences + 1 : 0;
    const isReady =
      answer === 'ready' || (answer === 'silent' && probed.isReady && probed.silences < silences);
    if (isReady === probed.isReady) return;
    probed.isReady = isReady;
    onChange(name, answer);
  }
}

function keyOf({ name, host, port }: ClusterServer): string {
  return `${name} ${host} ${port}`;
}
