import { seededRandom } from '../../test/support/random.ts';

/** How names are written, and which share of the artists writes so. */
const SHARES = {
  latin: 0.7,
  cyrillic: 0.08,
  japanese: 0.06,
  chinese: 0.05,
  korean: 0.04,
  arabic: 0.03,
  greek: 0.02,
  hebrew: 0.02,
} as const;

export type Script = keyof typeof SHARES;
export const SCRIPTS = Object.keys(SHARES) as Script[];

/** A script for a number in [0, 1), each as often as its share. */
export function scriptAt(share: number): Script {
  let end = 0;
  return SCRIPTS.find((script) => share < (end += SHARES[script])) ?? 'latin';
}

type Random = () => number;

interface Writing {
  /** Words that there are; how often one is used falls off as 1/rank. */
  readonly vocabulary: number;
  /** Between two words. */
  readonly gap: string;
  word(letters: Random, rank: number): string;
}

const LATIN = {
  onsets: [...Array.from('bcdfghklmnprstvwbdlmnrst'), 'br', 'ch', 'gr', 'sh', 'st', 'th', 'tr'],
  vowels: [...Array.from('aeiouaeioaei'), 'ea', 'oo', 'y'],
  codas: [...Array.from({ length: 9 }, () => ''), ...Array.from('dlmnrst'), 'ck', 'ng', 'nt', 'ss'],
};
const CYRILLIC = {
  onsets: [...Array.from('бвгдзклмнпрстхвнстрл'), 'ж', 'ч', 'ш', 'ст', 'пр', 'тр'],
  vowels: [...Array.from('аеиоуаеиоыяю'), 'ё'],
  codas: [...Array.from({ length: 9 }, () => ''), ...Array.from('влмнрстк'), 'й', 'ть'],
};
const GREEK = {
  onsets: [...Array.from('βγδζθκλμνπρστφχκλμνπστ'), 'στ', 'τρ', 'ξ', 'ψ'],
  vowels: [...Array.from('αειουαεηοωαι'), 'ά', 'έ', 'ό', 'ου'],
  codas: [...Array.from({ length: 9 }, () => ''), ...Array.from('νρσσν')],
};
const ACCENTED: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ö',
  u: 'ü',
  y: 'ý',
  ss: 'ß',
  l: 'ł',
};

const HEBREW = Array.from('אבגדהוזחטיכלמנסעפצקרשתויהלמר');
const HEBREW_FINAL: Readonly<Record<string, string>> = { כ: 'ך', מ: 'ם', נ: 'ן', פ: 'ף', צ: 'ץ' };
const ARABIC = Array.from('ابتثجحخدذرزسشصضطظعغفقكلمنهويأاويلم');
const HIRAGANA = Array.from('あいうえおかきくけこさしすせそたちつてとなにのはひふまみめもやゆよらりるれわん');
const KATAKANA = Array.from(
  'アイウエオカキクケコサシスセソタチテトナニノハヒフマミメモラリルレロワンガグドバパー',
);
const PARTICLES = Array.from('のにとはをが');

const WRITINGS: Readonly<Record<Script, Writing>> = {
  latin: {
    vocabulary: 1_000_000,
    gap: ' ',
    word(letters, rank) {
      const word = syllables(LATIN, letters, rank);
      if (letters() >= 0.06) return capitalised(word);
      return capitalised(word.replace(/ss|[aeiouyl]/, (plain) => ACCENTED[plain] ?? plain));
    },
  },
  cyrillic: {
    vocabulary: 300_000,
    gap: ' ',
    word: (letters, rank) => capitalised(syllables(CYRILLIC, letters, rank)),
  },
  greek: {
    vocabulary: 150_000,
    gap: ' ',
    word: (letters, rank) => capitalised(syllables(GREEK, letters, rank).replace(/σ$/, 'ς')),
  },
  hebrew: {
    vocabulary: 150_000,
    gap: ' ',
    word(letters, rank) {
      const consonants = chars(HEBREW, letters, lengthOf(rank, letters, 2, 3));
      const last = consonants.at(-1) ?? '';
      return `${consonants.slice(0, -1)}${HEBREW_FINAL[last] ?? last}`;
    },
  },
  arabic: {
    vocabulary: 200_000,
    gap: ' ',
    word(letters, rank) {
      const root = chars(ARABIC, letters, lengthOf(rank, letters, 2, 3));
      const ending = letters() < 0.2 ? 'ة' : '';
      return `${letters() < 0.25 ? 'ال' : ''}${root}${ending}`;
    },
  },
  japanese: {
    vocabulary: 150_000,
    gap: '',
    word(letters, rank) {
      const kind = letters();
      if (kind < 0.5) return `${ideographs(letters, lengthOf(rank, letters, 1, 1))}${particle(letters)}`;
      if (kind < 0.75) return chars(KATAKANA, letters, lengthOf(rank, letters, 2, 3));
      return chars(HIRAGANA, letters, lengthOf(rank, letters, 2, 2));
    },
  },
  korean: {
    vocabulary: 150_000,
    gap: ' ',
    word: (letters, rank) =>
      Array.from({ length: lengthOf(rank, letters, 1, 2) }, () => hangul(letters)).join(''),
  },
  chinese: {
    vocabulary: 150_000,
    gap: '',
    word: (letters, rank) => ideographs(letters, lengthOf(rank, letters, 1, 1)),
  },
};

/** Ranks whose words are kept: they make up four fifths of all that is written. */
const KEPT_RANKS = 65_536;

/** The words of a script, always the same for one seed. */
export class Words {
  readonly #writing: Writing;
  readonly #salt: number;
  readonly #kept: (string | undefined)[] = [];

  constructor(script: Script, seed: number) {
    this.#writing = WRITINGS[script];
    this.#salt = Math.imul(seed, 0x9e3779b1) ^ Math.imul(SCRIPTS.indexOf(script) + 1, 0x85ebca6b);
  }

  /** One of the words, common ones as often as they are. */
  draw(random: Random): string {
    return this.#at(Math.floor((this.#writing.vocabulary + 1) ** random()));
  }

  /** One that is not among the common ones, such as names are told apart by. */
  drawRare(random: Random): string {
    return this.#at(Math.floor((this.#writing.vocabulary + 1) ** (0.5 + random() / 2)));
  }

  join(words: readonly string[]): string {
    return words.join(this.#writing.gap);
  }

  #at(rank: number): string {
    const kept = this.#kept[rank];
    if (kept !== undefined) return kept;
    const word = this.#writing.word(seededRandom(this.#salt ^ Math.imul(rank, 0x27d4eb2f)), rank);
    if (rank < KEPT_RANKS) this.#kept[rank] = word;
    return word;
  }
}

interface Syllables {
  readonly onsets: readonly string[];
  readonly vowels: readonly string[];
  readonly codas: readonly string[];
}

function syllables({ onsets, vowels, codas }: Syllables, letters: Random, rank: number): string {
  let word = '';
  for (let left = lengthOf(rank, letters, 1, 2); left > 0; left--)
    word += pick(onsets, letters) + pick(vowels, letters) + pick(codas, letters);
  return word;
}

/** Common words are short: `least` for the most common, up to `spread` + 1 more for the others. */
function lengthOf(rank: number, letters: Random, least: number, spread: number): number {
  if (rank < 60) return least;
  const more = Math.floor(letters() * (spread + 0.999));
  return least + (rank < 4000 ? Math.min(more, spread) : 1 + more);
}

function chars(alphabet: readonly string[], letters: Random, count: number): string {
  let text = '';
  for (let left = count; left > 0; left--) text += pick(alphabet, letters);
  return text;
}

/** Of the 2,500 that are used, the first ones most. */
function ideographs(letters: Random, count: number): string {
  let text = '';
  for (let left = count; left > 0; left--)
    text += String.fromCharCode(0x4e00 + ((Math.floor(2500 * letters() ** 2) * 7919) % 20_902));
  return text;
}

function particle(letters: Random): string {
  return letters() < 0.3 ? pick(PARTICLES, letters) : '';
}

// The common ones of 19 beginnings, 21 vowels and 28 ends (The Unicode Standard, section 3.12).
const HANGUL_BEGINNINGS = [0, 2, 3, 5, 6, 7, 9, 11, 11, 12, 14, 18];
const HANGUL_VOWELS = [0, 0, 1, 4, 4, 5, 6, 8, 13, 18, 20, 20];
const HANGUL_ENDS = [0, 0, 0, 0, 1, 4, 4, 8, 16, 17, 21];

function hangul(letters: Random): string {
  const [beginning, vowel] = [pick(HANGUL_BEGINNINGS, letters), pick(HANGUL_VOWELS, letters)];
  return String.fromCharCode(0xac00 + (beginning * 21 + vowel) * 28 + pick(HANGUL_ENDS, letters));
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
