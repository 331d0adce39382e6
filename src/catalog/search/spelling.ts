/** Shorter words are too near to too many others for more than one mistake. */
const MIN_BEGUN_CHARS = 5;
/** From this length on two mistakes are forgiven. */
const MIN_TWICE_CHARS = 8;
const GRAM_CHARS = 3;
/** Longer ones are near to few others, which their trigrams tell. */
const MAX_EDITED_CHARS = 24;

// Stand for the ends of a word in its trigrams; not ASCII, so that FTS5 takes them for letters, and in
// the private use area, so that no word holds them.
const START = '\u{e000}';
const END = '\u{e001}';

/** How far a word may be from what was typed. */
export interface Tolerance {
  readonly mistakes: number;
  /** Whether what was typed stands for the whole word or may be its beginning. */
  readonly reach: 'whole' | 'begun';
}

/** What to try in turn for a typed word, from near to far. */
export function tolerances(typed: string): Tolerance[] {
  return [
    { mistakes: 1, reach: 'whole' },
    ...(typed.length >= MIN_BEGUN_CHARS ? [{ mistakes: 1, reach: 'begun' } as const] : []),
    ...(typed.length >= MIN_TWICE_CHARS ? [{ mistakes: 2, reach: 'whole' } as const] : []),
  ];
}

/** The trigrams that a word of the vocabulary is found by. */
export function trigrams(word: string): string[] {
  return gramsOf(`${START}${word}${END}`);
}

/**
 * Sets of trigrams, one of which every near enough word has completely: a word cut into one piece more than
 * there are mistakes keeps a piece whole. Swapped neighbours may break two pieces; `swaps` finds these.
 */
export function trigramChoices(typed: string, { mistakes, reach }: Tolerance): string[][] {
  const padded = `${START}${typed}${reach === 'whole' ? END : ''}`;
  const pieceCount = mistakes + 1;
  const edge = (piece: number) => Math.ceil((padded.length * piece) / pieceCount);
  return Array.from({ length: pieceCount }, (_, piece) =>
    gramsOf(padded.slice(edge(piece), edge(piece + 1))),
  );
}

// In the form in which texts are compared: no accents, no capitals.
const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyz',
  'абвгдежзиклмнопрстуфхцчшщъыьэюяієґђјљњћџ',
  'αβγδεζηθικλμνξοπρστυφχψω',
  'אבגדהוזחטיכלמנסעפצקרשת',
  'ابتثجحخدذرزسشصضطظعغفقكلمنهويءؤئپچژگ',
].map((letters) => Array.from(letters));

/**
 * Every word that one mistake turns into the typed one: a letter of its alphabet too many, missing or exchanged, or two
 * neighbours swapped. `mayBegin` says whether any word begins so; what cannot be is not tried. Undefined for a word
 * that is too long, or of no alphabet, for which there are trigrams.
 */
export function editsOf(typed: string, mayBegin: (text: string) => boolean): string[] | undefined {
  if (typed.length > MAX_EDITED_CHARS) return undefined;
  const alphabet = ALPHABETS.find((letters) => letters.some((letter) => typed.includes(letter)));
  if (!alphabet) return undefined;
  const words = new Set<string>();
  for (let at = 0; at <= typed.length; at++) {
    const before = typed.slice(0, at);
    if (at > 0 && !mayBegin(before)) break;
    const [letter, next] = [typed.charAt(at), typed.charAt(at + 1)];
    const after = typed.slice(at + 1);
    if (letter) words.add(`${before}${after}`);
    if (next) words.add(`${before}${next}${letter}${typed.slice(at + 2)}`);
    for (const other of alphabet) {
      words.add(`${before}${other}${letter}${after}`);
      if (letter) words.add(`${before}${other}${after}`);
    }
  }
  words.delete(typed);
  words.delete('');
  return [...words];
}

/**
 * Mistakes between what was typed and a word: insertions, deletions, substitutions and swapped neighbours
 * (optimal string alignment). Undefined where they are more than allowed.
 */
export function mistakesIn(typed: string, word: string, tolerance: Tolerance): number | undefined {
  const { mistakes: allowed, reach } = tolerance;
  if (word.length < typed.length - allowed) return undefined;
  if (reach === 'whole' && word.length > typed.length + allowed) return undefined;
  const compared = word.slice(0, typed.length + allowed);
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: compared.length + 1 }, (_, column) => column);
  for (let row = 1; row <= typed.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= compared.length; column++) {
      const isSame = typed.charCodeAt(row - 1) === compared.charCodeAt(column - 1);
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 &&
        column > 1 &&
        typed.charCodeAt(row - 1) === compared.charCodeAt(column - 2) &&
        typed.charCodeAt(row - 2) === compared.charCodeAt(column - 1);
      if (isSwap) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > allowed) return undefined;
    beforePrevious = previous;
    previous = current;
  }
  const count = reach === 'whole' ? at(previous, compared.length) : Math.min(...previous);
  return count <= allowed ? count : undefined;
}

function at(costs: readonly number[], index: number): number {
  return costs[index] ?? Number.POSITIVE_INFINITY;
}

function gramsOf(text: string): string[] {
  const grams = new Set<string>();
  for (let start = 0; start + GRAM_CHARS <= text.length; start++) {
    grams.add(text.slice(start, start + GRAM_CHARS));
  }
  return [...grams];
}
