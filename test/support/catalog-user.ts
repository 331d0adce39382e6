import { type Database, userBucket } from '../../src/catalog/sql/index.ts';
import type { UserId } from '../../src/core/index.ts';

/** A listener without a password, in the catalogue's own table. */
export async function addUser(database: Database, name: string): Promise<UserId> {
  const name_key = name.toLowerCase();
  const vb = userBucket(name_key);
  return database.transact(async (tx) => {
    const id = await tx.nextId<UserId>(vb);
    const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
    await tx.put('user', { vb, id, name, name_key, ...row });
    return id;
  });
}
