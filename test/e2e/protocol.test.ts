import { expect, it } from 'vitest';
import { runForeignClient } from '../support/foreign-client.ts';
import { LOGIN_PASSWORD, startGoldenServer } from '../support/golden-server.ts';

it('docs/protocol.md is enough for a speaker in another language to play, and to follow a phone', async (context) => {
  await using server = await startGoldenServer();
  const credentials = { username: 'lena', password: LOGIN_PASSWORD };
  const run = await runForeignClient(context, { baseUrl: server.baseUrl, credentials });
  expect(run).toMatchObject({ status: 0, applied: 3, refused: 0, wasSeen: true });
  expect(run.followed.slice(-3)).toEqual(['tr-1a plays', 'tr-1b plays', 'tr-1b stands']);
  expect(run.deeds).toEqual(['Phone next', 'Phone pause']);
});
