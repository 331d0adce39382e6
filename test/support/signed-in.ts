import { join } from 'node:path';
import { sql } from 'kysely';
import { createSessions } from '../../src/accounts/index.ts';
import { createSqlAccountStore } from '../../src/accounts/sql/store.ts';
import { API_PATH, routes } from '../../src/api/index.ts';
import { Database } from '../../src/catalog/sql/index.ts';
import { copyFirstStart } from './first-start.ts';

/** Written together: enough to fill a transaction. */
const AT_ONCE = 128;

/**
 * Accounts in a new data folder, each signed in in one browser, whose cookie is answered: their passwords, of which there
 * are none, would take a second each.
 */
export async function writeSignedIn(data: string, count: number): Promise<readonly string[]> {
  await copyFirstStart(data);
  await using database = await Database.open({ file: join(data, 'catalog.sqlite') });
  await sql`pragma synchronous = off`.execute(database.db);
  const store = createSqlAccountStore(database);

  async function signIn(index: number): Promise<string> {
    const name = `listener-${index}`;
    const atMs = Date.now();
    const account = await store.insertAccount(
      { name, foldedName: name, role: 'listener', passwordHash: '', createdAtMs: atMs },
      { atMs, actor: 'machine', action: 'account-created' },
    );
    const sessions = createSessions({
      store,
      // Whoever was written down just now is who they are.
      accounts: { verifyLogin: () => Promise.resolve(account), setPassword: () => Promise.resolve({}) },
      now: Date.now,
    });
    const { token } = await sessions.signIn({ name, password: '', address: '' });
    return `clef_session=${token}`;
  }

  const cookies: string[] = [];
  while (cookies.length < count) {
    const some = Math.min(AT_ONCE, count - cookies.length);
    cookies.push(...(await Promise.all(Array.from({ length: some }, (_, i) => signIn(cookies.length + i)))));
  }
  return cookies;
}

/** What a browser with this cookie is given to open a socket with. */
export async function ticketFor(baseUrl: string, cookie: string): Promise<string> {
  const { method, path } = routes.playbackTicket;
  const response = await fetch(`${baseUrl}${API_PATH}${path}`, {
    method,
    headers: { cookie, 'x-clef-request': '1' },
  });
  if (!response.ok) throw new Error(`a session ticket was answered ${response.status}`);
  return ((await response.json()) as { ticket: string }).ticket;
}
