import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database, SqlCatalog } from '../../catalog/sql/index.ts';
import { toBase64Url } from '../../core/index.ts';
import { firstQueue } from '../../http/index.ts';
import {
  createLogClock,
  type LogClock,
  type Neighbours,
  SessionHost,
  type SessionLog,
  type SnapshotStore,
} from '../../playback/session/index.ts';
import type { NatsAddress } from '../../nats/index.ts';
import { createSqlSnapshots } from '../../playback/stores/sql/snapshots.ts';
import { openSqliteLog } from '../../playback/stores/sqlite-log.ts';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data-folder.ts';

/** What playback sessions stand on. */
interface PlaybackGround {
  readonly config: Pick<Config, 'nats'>;
  readonly data: Pick<DataFolder, 'playbackFile' | 'identity'>;
  readonly database: Database;
  readonly catalog: Pick<SqlCatalog, 'playQueue' | 'tracks'>;
  readonly log: Logger;
  readonly shell: { readonly now: () => number };
}

interface PlaybackStores extends AsyncDisposable {
  readonly log: SessionLog;
  readonly snapshots: SnapshotStore;
  readonly clock: LogClock;
  readonly neighbours?: Neighbours;
}

/** A session's name until somebody gives it another. */
export const DEFAULT_NAME = 'Music';
const ID_BYTES = 12;

export interface OpenPlaybackSessions extends AsyncDisposable {
  readonly host: SessionHost;
  /** Where sessions are shared with other gateways. */
  readonly neighbours: Neighbours | undefined;
}

export async function openPlaybackSessions(ground: PlaybackGround): Promise<OpenPlaybackSessions> {
  const { config, data, catalog, log, shell } = ground;
  await using stack = new AsyncDisposableStack();
  const stores = stack.use(
    await (config.nats
      ? openShared({ address: config.nats, libraryId: data.identity.libraryId, log, now: shell.now })
      : openOwn(ground)),
  );
  const host = stack.use(
    new SessionHost({
      ...stores,
      timeOfDayMs: shell.now,
      defaultName: DEFAULT_NAME,
      firstEntries: (key) => firstQueue(catalog, key),
      onFailure: (error) =>
        log.warn({ err: error }, 'the state of a playback session was not saved; its log has it'),
    }),
  );
  const owned = stack.move();
  return { host, neighbours: stores.neighbours, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

/** Of this server alone: a log in a file of its own, states in the catalogue's database. */
async function openOwn({ data, database, shell: { now } }: PlaybackGround): Promise<PlaybackStores> {
  const snapshots = createSqlSnapshots(database);
  const afterSeq = await snapshots.newestSeq();
  const log = openSqliteLog({ file: data.playbackFile, newLogId: newId, now, afterSeq });
  return {
    log,
    snapshots,
    clock: createLogClock({ clockId: newId(), timeOfDayMs: now, monotonicMs }),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

export interface SharedGround {
  readonly address: NatsAddress;
  readonly libraryId: string;
  readonly log: Logger;
  readonly now: () => number;
}

/** Of all servers and gateways of a library. Accounts of another one have the same ids, and other sessions. */
export async function openShared({ address, libraryId, log, now }: SharedGround) {
  // Loaded where it is used: most servers are alone.
  const { openNatsStores } = await import('../../playback/stores/nats/index.ts');
  return openNatsStores({
    address,
    prefix: `clef-${libraryId}`,
    processId: newId(),
    newClockId: newId,
    timeOfDayMs: now,
    monotonicMs,
    onFailure: (error) => log.error({ err: error }, 'playback sessions cannot go on: start Clef again'),
  });
}

function monotonicMs(): number {
  return performance.now();
}

function newId(): string {
  return toBase64Url(randomBytes(ID_BYTES));
}
