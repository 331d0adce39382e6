import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database, SqlCatalog } from '../../catalog/sql/index.ts';
import { toBase64Url } from '../../core/index.ts';
import { firstQueue } from '../../http/index.ts';
import { createLogClock, SessionHost } from '../../playback/session/index.ts';
import { createSqlSnapshots } from '../../playback/stores/sql/snapshots.ts';
import { openSqliteLog } from '../../playback/stores/sqlite-log.ts';
import type { DataFolder } from '../data-folder.ts';

/** What playback sessions stand on. */
interface PlaybackGround {
  readonly data: Pick<DataFolder, 'playbackFile'>;
  readonly database: Database;
  readonly catalog: Pick<SqlCatalog, 'playQueue' | 'tracks'>;
  readonly log: Logger;
  readonly now: () => number;
}

const DEFAULT_NAME = 'Music';
const ID_BYTES = 12;

export interface OpenPlaybackSessions extends AsyncDisposable {
  readonly host: SessionHost;
}

/** Sessions of one server: their log in a file of its own, their states in the catalogue's database. */
export async function openPlaybackSessions({
  data,
  database,
  catalog,
  log,
  now,
}: PlaybackGround): Promise<OpenPlaybackSessions> {
  await using stack = new AsyncDisposableStack();
  const snapshots = createSqlSnapshots(database);
  const afterSeq = await snapshots.newestSeq();
  const host = stack.use(
    new SessionHost({
      log: stack.use(openSqliteLog({ file: data.playbackFile, newLogId: newId, now, afterSeq })),
      snapshots,
      clock: createLogClock({ clockId: newId(), timeOfDayMs: now, monotonicMs: () => performance.now() }),
      timeOfDayMs: now,
      defaultName: DEFAULT_NAME,
      firstEntries: (key) => firstQueue(catalog, key),
      onFailure: (error) =>
        log.warn({ err: error }, 'the state of a playback session was not saved; its log has it'),
    }),
  );
  const owned = stack.move();
  return { host, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

function newId(): string {
  return toBase64Url(randomBytes(ID_BYTES));
}
