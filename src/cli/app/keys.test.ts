import { expect, test } from 'vitest';
import type { Terminal } from '../terminal/terminal.ts';
import { askForPassphrase } from './keys.ts';

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
