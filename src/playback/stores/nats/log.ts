import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { ClefError } from '../../../core/index.ts';
import { type LogEntry, logRecord, type SessionLog } from '../../session/index.ts';
import { Appender } from './appender.ts';
import { Follower } from './follower.ts';
import type { NatsLink } from './link.ts';
import { parsed } from '../../../nats/index.ts';
import { StreamReader } from './reader.ts';
import { lookAtStream } from './stream.ts';
import { nameIn, nameOf } from './subjects.ts';
import { Tail } from './tail.ts';

export interface NatsLogOptions {
  /** The stream was made anew: what this process has is of another log. */
  readonly onFailure: (error: unknown) => void;
}

/** Entries that wait are announced again and again, and told once. */
const MOST_REMEMBERED = 10_000;

const logEntry = v.omit(logRecord, ['seq']);

/** The log of several servers: one JetStream stream. What it acknowledged, most of its replicas have. */
export function createNatsLog(link: NatsLink, { onFailure }: NatsLogOptions): SessionLog {
  const { connection, manager, subjects, stream } = link;
  const tentative = new Map<string, Set<(entry: LogEntry) => void>>();
  let isReplaced = false;
  const reader = new StreamReader(link);
  const tail = new Tail(link, reader);
  const announced = new LRUCache<string, true>({ max: MOST_REMEMBERED });
  const tellTentative = (name: string, entry: LogEntry) => {
    const id = `${name}/${entry.command.cmdId}`;
    if (announced.has(id)) return;
    announced.set(id, true);
    for (const tell of tentative.get(name) ?? []) tell(entry);
  };
  const appender = new Appender(link, ({ key, entry }) => {
    tellTentative(nameOf(key), entry);
    if (link.isConnected) connection.publish(subjects.tentative(key), JSON.stringify(entry));
  });
  connection.subscribe(subjects.allTentative, {
    callback(error, message) {
      const name = nameIn(message.subject);
      const entry = error || !tentative.has(name) ? undefined : parsed(logEntry, message);
      if (entry) tellTentative(name, entry);
    },
  });
  link.onReconnected(() => void checkStream());

  async function checkStream(): Promise<void> {
    try {
      const found = await lookAtStream(manager, subjects);
      if (found?.logId === stream.logId || isReplaced) return;
    } catch {
      // Whoever reads or writes asks on.
      return;
    }
    isReplaced = true;
    onFailure(new ClefError('log-unfit', 'the stream of sessions was made anew: start again'));
  }

  return {
    logId: stream.logId,

    get isReachable() {
      return link.isConnected && !appender.isWaiting && !isReplaced;
    },

    async append(key, entry, signal) {
      if (isReplaced) throw new ClefError('log-unreachable', 'the stream of sessions was made anew');
      return appender.append(key, entry, signal);
    },

    follow(key, afterSeq, onRecord, onCutOff = onFailure) {
      const subject = subjects.session(key);
      const follower = new Follower({ reader, subject, afterSeq, onRecord, onCutOff });
      tail.add(follower);
      return {
        caughtUp: follower.caughtUp,
        [Symbol.dispose]() {
          follower[Symbol.dispose]();
          tail.remove(follower);
        },
      };
    },

    followTentative(key, onEntry) {
      const name = nameOf(key);
      const all = tentative.get(name) ?? new Set();
      tentative.set(name, all.add(onEntry));
      return {
        [Symbol.dispose]() {
          all.delete(onEntry);
          if (all.size === 0) tentative.delete(name);
        },
      };
    },

    async trim(key, upToSeq) {
      // For NATS, 0 is no sequence: it would let go of everything.
      if (upToSeq < 1) return;
      // The last one that may go stays: by it a follower sees that nothing is missing behind what it has.
      await manager.streams.purge(subjects.stream, { filter: subjects.session(key), seq: upToSeq });
    },

    async [Symbol.asyncDispose]() {
      appender[Symbol.dispose]();
      tail[Symbol.dispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}
