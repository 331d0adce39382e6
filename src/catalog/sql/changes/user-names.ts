import { prepared } from '../prepared.ts';
import type { UserRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { SqlValue } from './incoming.ts';

const usersOfName = prepared<{ vb: number; name_key: string }, UserRow>((db, param) =>
  db.selectFrom('user').selectAll().where('vb', '=', param('vb')).where('name_key', '=', param('name_key')),
);

/** A name and its key that no typed name is folded to: two people of one name were made on two servers. */
function renamed<User extends Pick<UserRow, 'id' | 'name' | 'name_key'>>(user: User): User {
  const suffix = `~${user.id.toString(36)}`;
  return { ...user, name: `${user.name}${suffix}`, name_key: `${user.name_key}${suffix}` };
}

/**
 * Names are unique, and two histories of one library may each have made its "admin": the older id keeps the
 * name, whichever is applied first. Answers the row as it is to be written.
 */
export async function makeRoomForName(
  tx: CatalogTransaction,
  values: Readonly<Record<string, SqlValue>>,
): Promise<Readonly<Record<string, SqlValue>>> {
  // Checked against the table's columns.
  const user = values as unknown as UserRow;
  const { vb, name_key } = user;
  for (const other of await tx.all(usersOfName, { vb, name_key })) {
    if (other.id === user.id) continue;
    if (other.id < user.id) return { ...values, ...pickNames(renamed(user)) };
    tx.rows.write('user', renamed(other));
  }
  return values;
}

function pickNames({ name, name_key }: UserRow): { name: string; name_key: string } {
  return { name, name_key };
}
