import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSuite } from '../proof/suite.ts';
import { temporaryFolder } from '../support/clef-process.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a suite needs to run. */
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'build'];

/** A change that would let wrong bytes through, and the suite that must not pass with it. */
const corruptions = [
  {
    what: 'a cipher that opens whatever it is given',
    file: 'src/vault/node-aead.ts',
    from: /\.setAuthTag\([^]*?\);\n/,
    to: ';\n',
    also: [{ from: /(\w+)\.final\(\);/g, to: '' }],
    suite: 'src/vault/tamper.test.ts',
  },
  {
    what: 'keyrings that anyone may sign',
    file: 'src/crypto/keyring-choice.ts',
    from: /if \(keyring\.signerKid !== rootFingerprint && !named\) continue;/,
    to: 'void named;',
    also: [],
    suite: 'src/crypto/keyring.test.ts',
  },
] as const;

describe('a planted corruption', () => {
  for (const { what, file, from, to, also, suite } of corruptions) {
    it(`is caught: ${what}`, async () => {
      await using copy = await temporaryFolder('guard-corruption');
      for (const name of COPIED) {
        await cp(join(root, name), join(copy.path, name), { recursive: true });
      }
      await symlink(join(root, 'node_modules'), join(copy.path, 'node_modules'));
      const path = join(copy.path, file);
      const source = await readFile(path, 'utf8');
      let planted = source.replace(from, to);
      expect(planted, 'the corruption was planted').not.toBe(source);
      for (const change of also) planted = planted.replace(change.from, change.to);
      await writeFile(path, planted);
      const { failed } = await runSuite([suite], { CLEF_TEST_MUTATIONS: '20' }, copy.path);
      expect(failed).toBeGreaterThan(0);
    });
  }
});
