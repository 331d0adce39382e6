import { expect, test } from 'vitest';
import { ClefError } from '../core/index.ts';
import { createAccounts } from './accounts.ts';
import { createMemoryAccountStore } from './memory-store.ts';
import { PasswordHasher } from './password.ts';
import { createSessions } from './sessions.ts';

const PASSWORD = 'gravel-otter-piano';
const DAY_MS = 86_400_000;

test('a session that cannot be extended because the database is away goes on as it is', async () => {
  let [nowMs, isAway] = [1_700_000_000_000, false];
  const now = () => nowMs;
  const memory = createMemoryAccountStore();
  const store: typeof memory = {
    ...memory,
    changeSession: async (key, change) => {
      if (isAway) throw new ClefError('catalog-offline', 'away');
      return memory.changeSession(key, change);
    },
  };
  const hasher = new PasswordHasher({ cost: { memoryKib: 256, passes: 1, parallelism: 1 } });
  const accounts = createAccounts({ store, hasher, now });
  const sessions = createSessions({ store, accounts, now });
  await accounts.createUser({ name: 'ada', password: PASSWORD, role: 'admin' }, 'machine');
  const { token, session } = await sessions.signIn({
    name: 'ada',
    password: PASSWORD,
    address: '192.0.2.1',
  });
  nowMs += 2 * DAY_MS;
  isAway = true;
  expect(await sessions.resolve(token)).toMatchObject({
    expiresAtMs: session.expiresAtMs,
    isExtended: false,
  });
  isAway = false;
  expect(await sessions.resolve(token)).toMatchObject({ isExtended: true });
  nowMs += 31 * DAY_MS;
  isAway = true;
  expect(await sessions.resolve(token)).toBeUndefined();
});
