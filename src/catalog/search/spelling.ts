/** Shorter words are too near to too many others. */
const MIN_CORRECTABLE_CHARS = 4;
/** From this length on two mistakes are forgiven. */
const TWO_MISTAKES_CHARS = 8;
const GRAM_CHARS = 3;

// Stand for the ends of a word in its trigrams; not ASCII, so that FTS5 takes them for letters, and in
// the private use area, so that no word holds them.
const START = '\u{e000}';
const END = '\u{e001}';

export function mistakesAllowed(word: string): number {
  if (word.length < MIN_CORRECTABLE_CHARS) return 0;
  return word.length < TWO_MISTAKES_CHARS ? 1 : 2;
}

/** The trigrams that a word of the vocabulary is found by. */
export function trigrams(word: string): string[] {
  return gramsOf(`${START}${word}${END}`);
}

/**
 * Sets of trigrams, one of which every near enough word has completely. A word cut into one piece more
 * than there are mistakes keeps a piece whole. Swapped neighbours may break two pieces and are looked
 * up as they are.
 */
export function trigramChoices(word: string): string[][] {
  const pieceCount = mistakesAllowed(word) + 1;
  // Without its end, so that the beginning of a longer word is near too, where the pieces allow it.
  const open = `${START}${word}`;
  const padded = open.length >= pieceCount * GRAM_CHARS ? open : `${open}${END}`;
  return Array.from({ length: pieceCount }, (_, piece) => {
    const start = Math.floor((padded.length * piece) / pieceCount);
    return gramsOf(padded.slice(start, Math.floor((padded.length * (piece + 1)) / pieceCount)));
  });
}

/** The word with each two neighbours swapped. */
export function swaps(word: string): string[] {
  const words = new Set<string>();
  for (let at = 0; at + 1 < word.length; at++) {
    words.add(`${word.slice(0, at)}${word.charAt(at + 1)}${word.charAt(at)}${word.slice(at + 2)}`);
  }
  words.delete(word);
  return [...words];
}

/**
 * Mistakes between what was typed and a word, or the beginning of a word, half a mistake more for that:
 * insertions, deletions, substitutions and swapped neighbours (optimal string alignment). Undefined
 * where they are more than allowed.
 */
export function mistakes(typed: string, word: string, allowed: number): number | undefined {
  if (word.length < typed.length - allowed) return undefined;
  const compared = word.slice(0, typed.length + allowed);
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: compared.length + 1 }, (_, column) => column);
  for (let row = 1; row <= typed.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= compared.length; column++) {
      const same = typed.charCodeAt(row - 1) === compared.charCodeAt(column - 1);
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
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
  const whole = compared.length === word.length ? at(previous, compared.length) : Number.POSITIVE_INFINITY;
  const best = Math.min(whole, Math.min(...previous) + 0.5);
  return best <= allowed + 0.5 ? best : undefined;
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
