import { ClefError } from '../core/index.ts';
import { canonicalPassphrase } from './passphrase.ts';

/**
 * Guesses, as a power of ten, that a chosen passphrase must withstand. The kit lies around for years and
 * is attacked offline: at 10,000 guesses a second (a fast graphics card against 1,000,000 PBKDF2
 * rounds) 10^14 guesses take three centuries.
 */
const MIN_GUESSES_LOG10 = 14;
/** The estimate's time grows with the square of the length; what lies beyond is taken as random. */
const MAX_ESTIMATED_LENGTH = 128;
/** PBKDF2 and Argon2 take any length; a passphrase beyond this is a pasted file. */
const MAX_PASSPHRASE_LENGTH = 1024;

const ADVICE = 'four or more unrelated words make a good one, or let Clef generate it';

/** Refuses a chosen passphrase that could be guessed with `weak-passphrase`, and says what would be better. */
export async function assertStrongPassphrase(typed: string): Promise<void> {
  const passphrase = canonicalPassphrase(typed);
  if (passphrase.length > MAX_PASSPHRASE_LENGTH) {
    throw new ClefError('weak-passphrase', `a passphrase has at most ${MAX_PASSPHRASE_LENGTH} characters`);
  }
  // The dictionaries take 20 MB and a tenth of a second; a server that generates its secrets never loads them.
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const estimator = new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
  const { guessesLog10, feedback } = estimator.check(passphrase.slice(0, MAX_ESTIMATED_LENGTH), [
    'clef',
    'music',
  ]);
  if (guessesLog10 >= MIN_GUESSES_LOG10) return;
  const reason = warnings[feedback.warning ?? ''] ?? 'it is too short or too regular';
  throw new ClefError('weak-passphrase', `the passphrase is too easy to guess: ${reason}; ${ADVICE}`);
}

/** zxcvbn's warnings that tell a person something; the others fall under "too short or too regular". */
const warnings: Readonly<Record<string, string>> = {
  topTen: 'it is one of the ten most used passwords',
  topHundred: 'it is one of the hundred most used passwords',
  common: 'it is a commonly used password',
  similarToCommon: 'it resembles a commonly used password',
  wordByItself: 'it is a single word',
  keyPattern: 'it is a pattern on the keyboard',
  straightRow: 'it is a row of keys',
  simpleRepeat: 'it repeats one character',
  extendedRepeat: 'it repeats itself',
  sequences: 'it is a sequence of neighbouring characters',
  recentYears: 'it is a year',
  dates: 'it is a date',
};
