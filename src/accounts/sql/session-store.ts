import {
  type CatalogTransaction,
  type Database,
  prepared,
  type SessionRow,
} from '../../catalog/sql/index.ts';
import { asBytes, type Bytes, bucketOf, fromHex, toHex, type UserId } from '../../core/index.ts';
import type { SessionKey, SessionStore, StoredSession } from '../session-port.ts';
import { SignInRows } from './sign-in-rows.ts';

type Key = Pick<SessionRow, 'vb' | 'user_id' | 'token_hash'>;

const sessionByKey = prepared<Key, SessionRow>((db, param) =>
  db
    .selectFrom('session')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('token_hash', '=', param('token_hash')),
);

/** Each new session ends what is one too many; more are left over only where the bound was lowered. */
const MOST_SURPLUS = 1_000;

export interface SqlSessions extends SessionStore {
  /** In the transaction of what ends them, which tells of the change itself. */
  readonly endAll: (tx: CatalogTransaction, user: UserId, kept: Bytes | undefined) => Promise<void>;
}

export interface SqlSessionsOptions {
  readonly database: Database;
  readonly monotonicMs: () => number;
  /** `not-found` on an unknown account. */
  readonly assertAccount: (tx: CatalogTransaction, user: UserId) => Promise<unknown>;
  readonly changed: (user: UserId) => void;
}

export function createSqlSessions(options: SqlSessionsOptions): SqlSessions {
  const { database, monotonicMs, assertAccount, changed } = options;
  const rows = new SignInRows({
    database,
    monotonicMs,
    bucketOf: (name: `${number} ${string}`) => bucketOf(Number.parseInt(name, 10)),
    async read(name) {
      const [user = '', token_hash = ''] = name.split(' ');
      const user_id = Number(user);
      const row = await database.first(sessionByKey, { vb: bucketOf(user_id), user_id, token_hash });
      return row && Object.freeze(sessionOf(row));
    },
  });

  function afterEnd(tx: CatalogTransaction, user: UserId): void {
    tx.afterCommit(() => {
      rows.forget(bucketOf(user));
      changed(user);
    });
  }

  return {
    insertSession: (session, atMost) =>
      database.transact(async (tx) => {
        await assertAccount(tx, session.userId);
        const vb = bucketOf(session.userId);
        await tx.query((db) => db.insertInto('session').values(rowOf(session)));
        const surplus = await tx.query((db) =>
          db
            .selectFrom('session')
            .select('token_hash')
            .where('vb', '=', vb)
            .where('user_id', '=', session.userId)
            .orderBy('created_at_ms', 'desc')
            .orderBy('token_hash')
            .limit(MOST_SURPLUS)
            .offset(atMost),
        );
        for (const { token_hash } of surplus) await remove(tx, { vb, user_id: session.userId, token_hash });
        if (surplus.length > 0) afterEnd(tx, session.userId);
      }),

    session: (key) => rows.get(`${key.userId} ${toHex(key.tokenHash)}`),

    changeSession: (key, { passwordAtMs, expiresAtMs }) =>
      database.transact(async (tx) => {
        const row = await tx.first(sessionByKey, keyOf(key));
        if (!row) return false;
        await tx.query((db) =>
          db
            .updateTable('session')
            .set({
              password_at_ms: passwordAtMs ?? row.password_at_ms,
              expires_at_ms: expiresAtMs ?? row.expires_at_ms,
            })
            .where('vb', '=', row.vb)
            .where('user_id', '=', row.user_id)
            .where('token_hash', '=', row.token_hash),
        );
        tx.afterCommit(() => rows.forget(row.vb));
        return true;
      }),

    endSession: (key) =>
      database.transact(async (tx) => {
        const row = await tx.first(sessionByKey, keyOf(key));
        if (!row) return false;
        await remove(tx, row);
        afterEnd(tx, key.userId);
        return true;
      }),

    async endAll(tx, user, kept) {
      await tx.query((db) =>
        db
          .deleteFrom('session')
          .where('vb', '=', bucketOf(user))
          .where('user_id', '=', user)
          .where('token_hash', '!=', kept === undefined ? '' : toHex(kept)),
      );
      tx.afterCommit(() => rows.forget(bucketOf(user)));
    },
  };
}

async function remove(tx: CatalogTransaction, { vb, user_id, token_hash }: Key): Promise<void> {
  await tx.query((db) =>
    db
      .deleteFrom('session')
      .where('vb', '=', vb)
      .where('user_id', '=', user_id)
      .where('token_hash', '=', token_hash),
  );
}

function keyOf({ userId, tokenHash }: SessionKey): Key {
  return { vb: bucketOf(userId), user_id: userId, token_hash: toHex(tokenHash) };
}

function sessionOf(row: SessionRow): StoredSession {
  return {
    userId: row.user_id as UserId,
    tokenHash: asBytes(fromHex(row.token_hash)),
    createdAtMs: row.created_at_ms,
    passwordAtMs: row.password_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}

function rowOf(session: StoredSession): SessionRow {
  return {
    ...keyOf(session),
    created_at_ms: session.createdAtMs,
    password_at_ms: session.passwordAtMs,
    expires_at_ms: session.expiresAtMs,
  };
}
