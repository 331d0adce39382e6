import { ClefError } from '../core/index.ts';
import { foldName } from './names.ts';
import { MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS } from './password.ts';

/** zxcvbn's lowest class ("too guessable", under a thousand guesses): on the lists that every attacker tries first. */
const COMMON = 0;
const ESTIMATED_CHARACTERS = 64;

/**
 * SP 800-63B section 3.1.1.2: a length, a list of common ones, and no rules of composition. Guesses are counted by
 * the attempt limiter, so the bar is lower than the recovery kit's.
 */
export async function assertPassword(password: string, userName: string): Promise<void> {
  const { length } = Array.from(password);
  if (length < MIN_PASSWORD_CHARACTERS || length > MAX_PASSWORD_CHARACTERS) {
    throw new ClefError(
      'weak-passphrase',
      `a password has ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters, got ${length}`,
    );
  }
  if (foldName(password) === foldName(userName)) {
    throw new ClefError('weak-passphrase', 'the password is the user name; choose another');
  }
  // The dictionaries take 20 MB; a server that only checks passwords never loads them.
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const estimator = new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
  if (estimator.check(password.slice(0, ESTIMATED_CHARACTERS), [userName]).score === COMMON) {
    throw new ClefError(
      'weak-passphrase',
      'the password is among those that are guessed first; choose another',
    );
  }
}
