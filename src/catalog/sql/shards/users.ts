import { type RawBuilder, sql } from 'kysely';
import { literal, type Server } from './server.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Lets a user read and change rows of the catalogue, and no more. */
export async function admit(server: Server, { user, password }: Login): Promise<void> {
  const who = sql`${literal(user)}@'%'`;
  await server.run(sql`create user if not exists ${who} identified by ${literal(password)}`);
  await server.run(sql`alter user ${who} identified by ${literal(password)}`);
  const database = grantedDatabase(server.database);
  await server.run(sql`grant select, insert, update, delete on ${database}.* to ${who}`);
}

/** In a grant `_` stands for any letter (MariaDB manual, "GRANT"). */
export function grantedDatabase(name: string): RawBuilder<unknown> {
  return sql.id(name.replaceAll('_', String.raw`\_`));
}
