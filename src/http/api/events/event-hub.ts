import type { LiveSession, Sessions } from '../../../accounts/index.ts';
import type { ServerEvent } from '../../../api/index.ts';
import type { UserId } from '../../../core/index.ts';
import type { Viewer } from '../handler.ts';
import { type EventSink, EventStream } from './event-stream.ts';

const HEARTBEAT_MS = 15_000;
/** Tabs and devices of one account; beyond, the oldest is closed. */
const MAX_STREAMS_PER_ACCOUNT = 64;

type Audience =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'administrators' }
  /** All sessions of an account, but one. */
  | { readonly kind: 'account'; readonly user: UserId; readonly except?: LiveSession };

export interface EventHub {
  publish(event: ServerEvent, audience: Audience): void;
  open(viewer: Viewer, sink: EventSink): OpenStream;
  /** Ends all streams, and what the hub does by itself. */
  close(): void;
}

export interface OpenStream {
  /** The client takes more. */
  resume(): void;
  /** The client went away. */
  forget(): void;
}

export interface EventHubOptions {
  readonly sessions: Pick<Sessions, 'refresh' | 'onChange'>;
  readonly onFailure: (error: unknown) => void;
}

interface Listener {
  readonly stream: EventStream;
  viewer: Viewer;
}

/**
 * Who listens, and to what. A stream lives no longer than its session: what ends one is looked for with each change of
 * the account and each heartbeat.
 */
export function createEventHub({ sessions, onFailure }: EventHubOptions): EventHub {
  const listeners = new Set<Listener>();
  let heart: NodeJS.Timeout | undefined;

  function forget(listener: Listener): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(heart);
    heart = undefined;
  }

  function end(listener: Listener): void {
    forget(listener);
    listener.stream.close();
  }

  async function check(listener: Listener): Promise<void> {
    const session = await sessions.refresh(listener.viewer.session);
    if (session) {
      listener.viewer = { account: session.account, session };
      return;
    }
    if (!listeners.has(listener)) return;
    listener.stream.send({ kind: 'session-ended' });
    end(listener);
  }

  function checkAll(some: Iterable<Listener>): void {
    for (const listener of some) check(listener).catch(onFailure);
  }

  const unsubscribe = sessions.onChange((user) => checkAll(of(user)));

  function beat(): void {
    for (const { stream } of listeners) stream.beat();
    checkAll(listeners);
  }

  function of(user: UserId): readonly Listener[] {
    return [...listeners].filter(({ viewer }) => viewer.account.id === user);
  }

  return {
    publish(event, audience) {
      for (const listener of listeners) {
        if (hears(listener.viewer, audience)) listener.stream.send(event);
      }
    },

    open(viewer, sink) {
      const own = of(viewer.account.id);
      for (const oldest of own.slice(0, Math.max(0, own.length + 1 - MAX_STREAMS_PER_ACCOUNT))) end(oldest);
      const listener: Listener = { stream: new EventStream(sink), viewer };
      listeners.add(listener);
      heart ??= setInterval(beat, HEARTBEAT_MS);
      return { resume: () => listener.stream.resume(), forget: () => forget(listener) };
    },

    close() {
      unsubscribe();
      for (const listener of listeners) end(listener);
    },
  };
}

function hears({ account, session }: Viewer, audience: Audience): boolean {
  switch (audience.kind) {
    case 'everyone':
      return true;
    case 'administrators':
      return account.role === 'admin';
    default:
      return account.id === audience.user && !isSame(session, audience.except);
  }
}

function isSame(session: LiveSession, other: LiveSession | undefined): boolean {
  return other !== undefined && Buffer.compare(session.tokenHash, other.tokenHash) === 0;
}
