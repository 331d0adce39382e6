import {
  type CatalogTransaction,
  type Database,
  type PlaybackSessionRow,
  prepared,
} from '../../../catalog/sql/index.ts';
import { bucketOf, ClefError, parseWireId } from '../../../core/index.ts';
import { migrateState, type SessionKey, type SnapshotStore } from '../../session/index.ts';

type Key = Pick<PlaybackSessionRow, 'vb' | 'user_id' | 'session_id'>;

const stateByKey = prepared<Key, Pick<PlaybackSessionRow, 'state'>>((db, param) =>
  db
    .selectFrom('playback_session')
    .select('state')
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('session_id', '=', param('session_id')),
);

const seqByKey = prepared<Key, Pick<PlaybackSessionRow, 'seq'>>((db, param) =>
  db
    .selectFrom('playback_session')
    .select('seq')
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('session_id', '=', param('session_id')),
);

const ofAccount = prepared<
  Omit<Key, 'session_id'>,
  Pick<PlaybackSessionRow, 'session_id' | 'name' | 'changed_at_ms'>
>((db, param) =>
  db
    .selectFrom('playback_session')
    .select(['session_id', 'name', 'changed_at_ms'])
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .orderBy('changed_at_ms', 'desc')
    .orderBy('session_id'),
);

/** States that share a transaction: all devices of a server may leave at once. */
const MOST_TOGETHER = 64;

interface Waiting {
  readonly row: PlaybackSessionRow;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * In the catalogue's database, in the account's bucket. No part of the library log: after a recovery from the nodes
 * sessions begin anew.
 */
export function createSqlSnapshots(database: Database): SnapshotStore {
  let waiting: Waiting[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const together = waiting.slice(0, MOST_TOGETHER);
      waiting = waiting.slice(MOST_TOGETHER);
      try {
        await database.transact(async (tx) => {
          for (const { row } of together) await write(tx, row);
        });
        for (const { resolve } of together) resolve();
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    isWriting = false;
  }

  return {
    async load(key) {
      const found = await database.first(stateByKey, rowKeyOf(key));
      return found && migrateState(JSON.parse(found.state));
    },

    async save(key, state, changedAtMs) {
      const { name, seq } = state;
      const row = { ...rowKeyOf(key), name, seq, changed_at_ms: changedAtMs, state: JSON.stringify(state) };
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ row, resolve, reject });
      if (!isWriting) void writeAll();
      await promise;
    },

    async list(userId) {
      const { vb, user_id } = rowKeyOf({ userId, sessionId: '' });
      const rows = await database.all(ofAccount, { vb, user_id });
      return rows.map(({ session_id, name, changed_at_ms }) => ({
        sessionId: session_id,
        name,
        changedAtMs: changed_at_ms,
      }));
    },

    async remove(key) {
      const { vb, user_id, session_id } = rowKeyOf(key);
      await database.transact((tx) =>
        tx.query((db) =>
          db
            .deleteFrom('playback_session')
            .where('vb', '=', vb)
            .where('user_id', '=', user_id)
            .where('session_id', '=', session_id),
        ),
      );
    },

    async newestSeq() {
      const newest = await database.db
        .selectFrom('playback_session')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .executeTakeFirst();
      return newest?.seq ?? 0;
    },
  };
}

/** Over an older state, and never over a newer one. */
async function write(tx: CatalogTransaction, row: PlaybackSessionRow): Promise<void> {
  const known = await tx.first(seqByKey, row);
  if (known && known.seq > row.seq) return;
  await tx.query((db) => db.replaceInto('playback_session').values(row));
}

function rowKeyOf({ userId, sessionId }: SessionKey): Key {
  const parsed = parseWireId(userId);
  if (parsed?.kind !== 'us') throw new ClefError('internal', 'a playback session belongs to no account');
  return { vb: bucketOf(parsed.id), user_id: parsed.id, session_id: sessionId };
}
