import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createKeyedLibrary } from '../../../test/support/keyed-library.ts';
import { testNodeId } from '../../../test/support/vault.ts';
import { NodeSet, readStatements, storeStatements } from '../../vault/index.ts';
import { createMemoryNode } from '../../vault/nodes/memory.ts';
import { parseConfig } from '../config/config.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askForPassphrase, establishKeys } from './keys.ts';

function terminalThatTypes(...answers: string[]): Terminal & { readonly said: string[] } {
  const said: string[] = [];
  return {
    isInteractive: true,
    said,
    print: () => undefined,
    say: (text) => void said.push(text),
    askSecret: async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('asked once too often');
      return answer;
    },
  };
}

const GOOD = 'correct horse battery staple quixotic';

test('a weak passphrase and two that differ are asked for again, with the reason', async () => {
  const terminal = terminalThatTypes('hello1', GOOD, 'another', GOOD, GOOD);
  expect(await askForPassphrase(terminal)).toBe(GOOD);
  expect(terminal.said).toEqual([expect.stringContaining('too easy to guess'), 'the two passphrases differ']);
});

test('Enter alone leaves the passphrase to Clef', async () => {
  expect(await askForPassphrase(terminalThatTypes('hello1', ''))).toBeUndefined();
});

test('a library that has keys on the nodes gets no others from a folder that was left half-way', async () => {
  const { libraryId, first } = await createKeyedLibrary();
  const root = await mkdtemp(join(tmpdir(), 'clef-half-way-'));
  try {
    using data = await openDataFolder({ root, now: Date.now, libraryId });
    await using nodes = new NodeSet({ now: Date.now });
    const node = createMemoryNode({ id: testNodeId(1) });
    await nodes.mount({ id: node.id, failureDomain: 'a', weight: 1, open: async () => node });
    await storeStatements(nodes, libraryId, first.seen.statements);
    const before = await readStatements(nodes, libraryId);
    const starting = establishKeys({
      config: parseConfig({ env: {} }),
      data,
      registry: { nodes, places: [] },
      terminal: terminalThatTypes(),
      log: pino({ level: 'silent' }),
      now: Date.now,
    });
    await expect(starting).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringContaining('clef server join'),
    });
    expect(await readStatements(nodes, libraryId)).toEqual(before);
    expect(await readdir(root)).not.toContain('keyring-seen.json');
  } finally {
    await rm(root, { recursive: true });
  }
});
