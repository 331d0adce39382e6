import { cleanList, cleanText } from './clean.ts';

/** How several names stand in one tag; a plain "&", "," or "/" may be part of one name: "AC/DC". */
const BETWEEN_NAMES = /\s*;\s*|\s+\/\s+|\s+(?:feat\.?|ft\.?|featuring)\s+/i;

/** How programs join a list of names where their format has no lists. */
export const LISTED = /\s*;\s*/;

export interface Credit {
  readonly display?: string;
  readonly names: readonly string[];
}

/** "A, B & C". */
function printed(names: readonly string[]): string | undefined {
  const last = names.at(-1);
  if (last === undefined || names.length === 1) return last;
  return cleanText(`${names.slice(0, -1).join(', ')} & ${last}`);
}

/**
 * The library cuts ID3v2.3 credits at every slash; where `whole` (the frame's own text) shows that it did, and
 * no equally long list of ids says that the slash did separate names, the cut is undone.
 */
export function uncut(
  values: readonly string[],
  whole: string | undefined,
  idCount: number,
): readonly string[] {
  if (whole === undefined || values.length < 2 || idCount === values.length) return values;
  const parts = whole.split('/').map((part) => part.trim());
  const same = parts.length === values.length && parts.every((part, i) => part === values[i]?.trim());
  return same ? [whole] : values;
}

/**
 * `single` is the tag that is printed ("A feat. B", possibly several times), `plural` the one that lists
 * names. What is printed is never taken apart where the list exists.
 */
export function creditOf(single: readonly string[], plural: readonly string[]): Credit {
  const written = cleanList(single.flatMap((value) => value.split('\0')));
  const listed = cleanList(
    plural.flatMap((value) => value.split('\0').flatMap((part) => part.split(LISTED))),
  );
  const names =
    listed.length > 0
      ? listed
      : written.length > 1
        ? written
        : cleanList(written.flatMap((value) => value.split(BETWEEN_NAMES)));
  const display = written.length === 1 ? written[0] : printed(written.length > 0 ? written : listed);
  return { ...(display !== undefined && { display }), names };
}
