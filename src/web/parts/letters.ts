/** A letter of an index, and where its entries begin. */
export interface Letter {
  readonly letter: string;
  readonly index: number;
}

/** Names must be in order; whatever begins with no letter is gathered under `other`. */
export function lettersOf(names: readonly string[], other: string): Letter[] {
  const letters: Letter[] = [];
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const letter = initialOf(name) ?? other;
    if (seen.has(letter)) continue;
    seen.add(letter);
    letters.push({ letter, index });
  }
  return letters;
}

/** Without its accent: É stands at E. */
function initialOf(name: string): string | undefined {
  const [first = ''] = name.trim().normalize('NFD').toUpperCase();
  return /\p{L}/u.test(first) ? first : undefined;
}
