import type { Reading } from './match-expression.ts';
import type { QueryToken } from '../tokens.ts';
import type { Presence, VocabularyReader } from './vocabulary.ts';

export interface Typed {
  readonly tokens: readonly QueryToken[];
  /** Of each token. */
  readonly presence: readonly Presence[];
}

/**
 * What a query that finds next to nothing may have been meant as, in steps from likely to unlikely. Who made one
 * mistake typed all other words right: where some words are in no item, it is in these, else in any one of them.
 */
export function* readingsOf(
  typed: Typed,
  foundCount: number,
  vocabulary: VocabularyReader,
): Generator<readonly Reading[]> {
  const { tokens, presence } = typed;
  const unknown = tokens.filter((_, index) => presence[index] === 'absent');
  if (unknown.every(({ isWord }) => isWord)) {
    const suspects =
      unknown.length > 0
        ? [unknown]
        : tokens
            .filter(({ isWord }, index) => isWord && (foundCount === 0 || presence[index] !== 'whole'))
            .map((token) => [token]);
    yield* otherWords(suspects, vocabulary);
  }
  if (foundCount === 0) yield* withoutPieces(typed);
}

/** Suspect words as those that are near, a step further in each step. */
function* otherWords(
  suspects: readonly (readonly QueryToken[])[],
  vocabulary: VocabularyReader,
): Generator<readonly Reading[]> {
  const corrections = new Map(suspects.flat().map(({ text }) => [text, vocabulary.corrections(text)]));
  const latest = new Map<string, readonly string[]>();
  for (;;) {
    const news = new Set<string>();
    for (const [text, steps] of corrections) {
      const step = steps.next();
      if (step.done) continue;
      latest.set(text, step.value);
      news.add(text);
    }
    if (news.size === 0) return;
    yield suspects
      .filter((together) => together.some(({ text }) => news.has(text)))
      .filter((together) => together.every(({ text }) => latest.has(text)))
      .map((together) => new Map(together.map(({ text }) => [text, latest.get(text) ?? []])));
  }
}

/** As many neighbouring pieces of an unspaced text left out as a mistake breaks: those in no item, or any. */
function* withoutPieces({ tokens, presence }: Typed): Generator<readonly Reading[]> {
  const isPiece = (index: number) => tokens[index]?.isWord === false && !tokens[index].isPrefix;
  const unknown = [...tokens.keys()].filter((index) => presence[index] === 'absent');
  if (!unknown.every(isPiece)) return;
  if (unknown.length > 0) yield [without(tokens, unknown)];
  const centres = unknown.length > 0 ? unknown : [...tokens.keys()].filter(isPiece);
  yield centres.map((centre) =>
    without(tokens, [...unknown, ...[centre - 1, centre, centre + 1].filter(isPiece)]),
  );
}

function without(tokens: readonly QueryToken[], indexes: readonly number[]): Reading {
  return new Map(indexes.flatMap((index) => (tokens[index] ? [[tokens[index].text, []]] : [])));
}
