import { beforeAll, expect, test } from 'vitest';
import { createKeyedLibrary } from '../../../test/support/keyed-library.ts';
import { testNodeId } from '../../../test/support/vault.ts';
import { type Invitation, parseInvitation, writeInvitation } from './invitation.ts';

let invitation: Invitation;
let line: string;
beforeAll(async () => {
  const { statements: _, ...pin } = (await createKeyedLibrary()).first.seen;
  invitation = {
    pin,
    policy: { k: 2, m: 1 },
    nodes: [
      { id: testNodeId(1), place: '/mnt/Ä', use: 'used', domain: 'attic', weight: 0.5 },
      { id: testNodeId(2), place: 's3://b/?endpoint=http://h', use: 'removed' },
    ],
  };
  line = await writeInvitation(invitation);
});

test('an invitation is one line, and says the same after it was copied', async () => {
  expect(line).toMatch(/^[\w.-]+$/);
  expect(await parseInvitation(`${line}\n`)).toEqual(invitation);
});

test('one that was copied in part, or with a slip, is refused', async () => {
  const at = Math.floor(line.length / 2);
  const slip = line[at] === 'A' ? 'B' : 'A';
  for (const text of [
    '',
    line.slice(0, -1),
    line.slice(1),
    `${line}.more`,
    line.slice(0, at) + slip + line.slice(at + 1),
  ])
    await expect(parseInvitation(text)).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('clef server invite'),
    });
});

test('one that is whole and says something else than an invitation is refused', async () => {
  const odd = await writeInvitation({ ...invitation, policy: { k: 0, m: 1 } });
  await expect(parseInvitation(odd)).rejects.toMatchObject({
    code: 'bad-request',
    message: expect.stringContaining('policy.k'),
  });
});
