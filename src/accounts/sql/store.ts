import {
  type CatalogTransaction,
  type CredentialRow,
  type Database,
  prepared,
  type UserRow,
  userBucket,
} from '../../catalog/sql/index.ts';
import { bucketOf, ClefError, type UserId } from '../../core/index.ts';
import type { AuditRecord } from '../audit.ts';
import {
  type AccountStore,
  type CredentialId,
  isEnabledAdmin,
  lastAdminError,
  publicAccount,
} from '../port.ts';
import { createSqlDevices } from './device-store.ts';
import { accountOf, auditOf, auditRow, credentialOf, credentialRow } from './rows.ts';
import { createSqlSessions } from './session-store.ts';
import { SignInRows } from './sign-in-rows.ts';

/** The whole trail lies in one bucket. */
const AUDIT_BUCKET = 0;

const userByName = prepared<{ vb: number; name_key: string }, UserRow>((db, param) =>
  db.selectFrom('user').selectAll().where('vb', '=', param('vb')).where('name_key', '=', param('name_key')),
);

const userById = prepared<{ vb: number; id: number }, UserRow>((db, param) =>
  db.selectFrom('user').selectAll().where('vb', '=', param('vb')).where('id', '=', param('id')),
);

const credentialsInForce = prepared<{ vb: number; user_id: number }, CredentialRow>((db, param) =>
  db
    .selectFrom('credential')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('user_id', '=', param('user_id'))
    .where('revoked_at_ms', 'is', null)
    .orderBy('created_at_ms')
    .orderBy('id'),
);

const credentialById = prepared<{ vb: number; id: number; user_id: number }, CredentialRow>((db, param) =>
  db
    .selectFrom('credential')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('id', '=', param('id'))
    .where('user_id', '=', param('user_id'))
    .where('revoked_at_ms', 'is', null),
);

/**
 * Accounts beside the catalogue, in its transactions and its change stream. A user's name chooses the bucket, and the
 * bucket is in every id, so that a sign-in asks one shard.
 */
export function createSqlAccountStore(
  database: Database,
  monotonicMs: () => number = () => performance.now(),
): AccountStore {
  const remembering = { database, monotonicMs };
  const byName = new SignInRows({
    ...remembering,
    bucketOf: userBucket,
    async read(foldedName: string) {
      const row = await database.first(userByName, { vb: userBucket(foldedName), name_key: foldedName });
      return row && Object.freeze(accountOf(row));
    },
  });
  const byId = new SignInRows({
    ...remembering,
    bucketOf,
    async read(id: UserId) {
      const row = await database.first(userById, { vb: bucketOf(id), id });
      return row && Object.freeze(accountOf(row));
    },
  });
  const credentials = new SignInRows({
    ...remembering,
    bucketOf,
    async read(user: UserId) {
      const rows = await database.all(credentialsInForce, { vb: bucketOf(user), user_id: user });
      return Object.freeze(rows.map(credentialOf));
    },
  });

  const listeners = new Set<(user: UserId) => void>();
  const changed = (user: UserId) => {
    for (const listener of listeners) queueMicrotask(() => listener(user));
  };
  const { endAll, ...sessions } = createSqlSessions({ ...remembering, assertAccount: existingUser, changed });
  const devices = createSqlDevices({ ...remembering, assertAccount: existingUser, writeAudit, changed });

  return {
    ...sessions,
    ...devices,

    async session(key) {
      const session = await sessions.session(key);
      // Whoever has one may want to play next, on a device that has to be known by then.
      if (session) devices.devicesOf(session.userId).catch(() => undefined);
      return session;
    },

    insertAccount: ({ name, foldedName, role, passwordHash, createdAtMs }, audit) =>
      database.transact(async (tx) => {
        const vb = userBucket(foldedName);
        if ((await tx.first(userByName, { vb, name_key: foldedName })) !== undefined) {
          throw new ClefError('user-exists', `a user named ${JSON.stringify(name)} exists already`);
        }
        const id = await tx.nextId<UserId>(vb);
        await tx.put('user', {
          vb,
          id,
          name,
          name_key: foldedName,
          role,
          password_hash: passwordHash,
          created_at_ms: createdAtMs,
          disabled_at_ms: null,
        });
        await writeAudit(tx, { ...audit, subject: id });
        return { id, name, role, createdAtMs };
      }),

    accountByName: (foldedName) => byName.get(foldedName),
    accountById: (id) => byId.get(id),

    async accounts() {
      const rows = await database.db.selectFrom('user').selectAll().orderBy('name_key').execute();
      return rows.map(accountOf);
    },

    changeAccount: (id, change, audit) =>
      database.transact(async (tx) => {
        const row = await existingUser(tx, id);
        const changedRow: UserRow = {
          ...row,
          role: change.role ?? row.role,
          password_hash: change.passwordHash ?? row.password_hash,
          disabled_at_ms: 'disabledAtMs' in change ? (change.disabledAtMs ?? null) : row.disabled_at_ms,
        };
        const [before, after] = [accountOf(row), accountOf(changedRow)];
        if (isEnabledAdmin(before) && !isEnabledAdmin(after) && !(await hasOtherAdmin(tx, id))) {
          throw lastAdminError();
        }
        await tx.put('user', changedRow);
        if (change.passwordHash !== undefined || 'disabledAtMs' in change) {
          await endAll(tx, id, change.keptSession);
        }
        await writeAudit(tx, audit);
        tx.afterCommit(() => changed(id));
        return publicAccount(after);
      }),

    exchangePasswordHash: (id, from, to) =>
      database.transact(async (tx) => {
        const row = await tx.first(userById, { vb: bucketOf(id), id });
        if (row?.password_hash !== from) return false;
        await tx.put('user', { ...row, password_hash: to });
        return true;
      }),

    nextCredentialId: (user) => database.transact((tx) => tx.nextId<CredentialId>(bucketOf(user))),

    insertCredential: (credential, audit) =>
      database.transact(async (tx) => {
        await existingUser(tx, credential.userId);
        await tx.put('credential', credentialRow(credential));
        await writeAudit(tx, audit);
      }),

    credentialsOf: async (user) => (await credentials.get(user)) ?? [],

    revokeCredential: (user, id, audit) =>
      database.transact(async (tx) => {
        const row = await tx.first(credentialById, { vb: bucketOf(user), id, user_id: user });
        if (row === undefined) return false;
        await tx.put('credential', { ...row, sealed: null, key_hash: null, revoked_at_ms: audit.atMs });
        await writeAudit(tx, audit);
        tx.afterCommit(() => changed(user));
        return true;
      }),

    recordUses: (uses) =>
      database.transact(async (tx) => {
        for (const { userId, id, lastUsedAtMs } of uses) {
          const row = await tx.first(credentialById, { vb: bucketOf(userId), id, user_id: userId });
          if (row === undefined || (row.last_used_at_ms ?? 0) >= lastUsedAtMs) continue;
          await tx.put('credential', { ...row, last_used_at_ms: lastUsedAtMs });
        }
      }),

    async auditTrail(limit) {
      const rows = await database.db
        .selectFrom('audit')
        .selectAll()
        .where('vb', '=', AUDIT_BUCKET)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(auditOf);
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function existingUser(tx: CatalogTransaction, id: UserId): Promise<UserRow> {
  const row = await tx.first(userById, { vb: bucketOf(id), id });
  if (row === undefined) throw new ClefError('not-found', 'no account has this id');
  return row;
}

async function hasOtherAdmin(tx: CatalogTransaction, id: UserId): Promise<boolean> {
  const others = await tx.query((db) =>
    db
      .selectFrom('user')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled_at_ms', 'is', null)
      .where('id', '!=', id)
      .limit(1),
  );
  return others.length > 0;
}

async function writeAudit(tx: CatalogTransaction, record: AuditRecord): Promise<void> {
  await tx.put('audit', auditRow(await tx.nextId(AUDIT_BUCKET), record));
}
