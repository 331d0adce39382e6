import { fold } from '../fold.ts';

/** A word is told from another only by this many characters. */
const MAX_WORD_CHARS = 48;
/** Of one field; a longer title is not found by its end. */
const MAX_FIELD_TOKENS = 128;
const MAX_QUERY_TOKENS = 12;

/**
 * Letters that have no accent to drop, and what people type for them. Of Arabic as Lucene's ArabicNormalizer
 * has it, with the letters that Persian keyboards write for two of them; of Hebrew the forms at a word's end.
 */
const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ة: 'ه',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ך: 'כ',
  ם: 'מ',
  ן: 'נ',
  ף: 'פ',
  ץ: 'צ',
};
/** Vowel points and cantillation of Hebrew, short vowels and the stretching of Arabic: read by some, typed by few. */
const POINTS =
  /[\u{0591}-\u{05BD}\u{05BF}\u{05C1}\u{05C2}\u{05C4}\u{05C5}\u{05C7}\u{0640}\u{064B}-\u{065F}\u{0670}]/gu;
const SPELLABLE = new RegExp(`[${Object.keys(SPELLED).join('')}]`, 'g');
/** Variation selectors, the keycap and skin tones: how a picture is drawn, not which one it is. */
const PICTURE_DRESS = /[\u{FE00}-\u{FE0F}\u{20E3}\p{Emoji_Modifier}]/gu;

// Scripts written without spaces between words, or whose words are compounds.
const UNSPACED =
  '[[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}]' +
  '&&[\\p{L}\\p{M}\\p{N}]]';
const SPACED = `[[\\p{L}\\p{M}\\p{N}]--${UNSPACED}]`;
// The fraction slash is what ½ decomposes to; the replacement characters stand for nothing.
const PICTURE = '[[\\p{So}\\p{Sm}\\p{Sc}]--[\\p{ASCII}\\u2044\\uFFFC\\uFFFD]]';
const PIECES = new RegExp(`(?<unspaced>${UNSPACED}+)|(?<word>${SPACED}+)|${PICTURE}`, 'gv');
const ASCII = /^[\x20-\x7e]*$/;
const SPACE = 0x20;
const AMPERSAND = 0x26;
const LETTERS = /^[\p{L}\p{M}]+$/u;
const MARKS = /^[^\s\p{C}]+$/u;

// FTS5's `ascii` tokenizer parts at ASCII marks and takes all else for letters. A mark that is to be a
// word is moved into the private use area, which nothing typed can reach: it is no letter or symbol.
const MARK_BASE = 0xf700;

/** Folded and spelled out: the form in which texts are compared. */
export function plain(text: string): string {
  const folded = fold(text);
  if (ASCII.test(folded)) return folded;
  return folded
    .replace(SPELLABLE, (letter) => SPELLED[letter] ?? letter)
    .replace(POINTS, '')
    .replace(PICTURE_DRESS, '');
}

export interface QueryToken {
  readonly text: string;
  /** True for a word that a person may have misspelt, false for bigrams, pictures and numbers. */
  readonly isWord: boolean;
  /** Bigrams are whole; all else may be the beginning of a word. */
  readonly isPrefix: boolean;
}

/**
 * The words that a field is found by: each word; words joined by marks also as one (AC/DC is ac, dc and
 * acdc); of unspaced scripts every two neighbours and the last character alone, so that any part of the
 * text is found; each picture. A field of nothing but marks ("!!!") is itself a word.
 */
export function fieldTokens(text: string): string[] {
  const tokens: string[] = [];
  const spelled = plain(text);
  // Most texts, and in a tenth of the time.
  if (ASCII.test(spelled)) {
    pushAsciiTokens(tokens, spelled);
  } else {
    for (const chunk of chunksOf(spelled)) {
      if (ASCII.test(chunk)) pushAsciiTokens(tokens, chunk);
      else pushPieces(tokens, chunk);
      if (tokens.length >= MAX_FIELD_TOKENS) break;
    }
  }
  if (tokens.length === 0) tokens.push(...marksOf(text));
  return distinct(tokens).slice(0, MAX_FIELD_TOKENS);
}

/** A set of so few words costs more than to compare them. */
function distinct(tokens: readonly string[]): string[] {
  return tokens.filter((token, index) => tokens.indexOf(token) === index);
}

/** What each token of a field must begin with, all of them; empty where there is nothing to look for. */
export function queryTokens(text: string): QueryToken[] {
  const tokens: QueryToken[] = [];
  for (const piece of plain(text).matchAll(PIECES)) {
    const { unspaced, word } = piece.groups ?? {};
    if (word !== undefined) {
      tokens.push({ text: shortened(word), isWord: LETTERS.test(word), isPrefix: true });
    } else if (unspaced !== undefined) {
      const chars = Array.from(unspaced);
      if (chars.length === 1) tokens.push({ text: unspaced, isWord: false, isPrefix: true });
      for (const bigram of bigrams(chars)) tokens.push({ text: bigram, isWord: false, isPrefix: false });
    } else {
      tokens.push({ text: piece[0], isWord: false, isPrefix: true });
    }
  }
  if (tokens.length === 0) {
    for (const mark of marksOf(text)) tokens.push({ text: mark, isWord: false, isPrefix: true });
  }
  const seen = new Set<string>();
  return tokens.filter(({ text }) => !seen.has(text) && seen.add(text)).slice(0, MAX_QUERY_TOKENS);
}

/** Clients ask for everything with an empty query, a pair of quotes or a lone asterisk. */
export function asksForEverything(text: string): boolean {
  return /^[\s"'*]*$/.test(text);
}

function chunksOf(spelled: string): string[] {
  return spelled.split(/\s+/);
}

function pushAsciiTokens(tokens: string[], spelled: string): void {
  let words: string[] = [];
  let start = -1;
  for (let at = 0; at <= spelled.length; at++) {
    // Nothing but spaces and marks is beyond the end.
    const unit = at < spelled.length ? spelled.charCodeAt(at) : SPACE;
    if (isAsciiWordUnit(unit)) {
      if (start < 0) start = at;
      continue;
    }
    if (start >= 0) words.push(spelled.slice(start, at));
    start = -1;
    if (unit === AMPERSAND && isAlone(spelled, at)) words.push('and');
    if (unit !== SPACE || words.length === 0) continue;
    pushJoined(tokens, words);
    words = [];
    if (tokens.length >= MAX_FIELD_TOKENS) return;
  }
}

function isAsciiWordUnit(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39);
}

function isAlone(text: string, at: number): boolean {
  return (at === 0 || text[at - 1] === ' ') && (at + 1 === text.length || text[at + 1] === ' ');
}

function pushPieces(tokens: string[], chunk: string): void {
  let words: string[] = [];
  for (const piece of chunk.matchAll(PIECES)) {
    const { unspaced, word } = piece.groups ?? {};
    if (word !== undefined) {
      words.push(word);
      continue;
    }
    pushJoined(tokens, words);
    words = [];
    if (unspaced === undefined) {
      tokens.push(piece[0]);
    } else {
      const chars = Array.from(unspaced);
      tokens.push(...bigrams(chars));
      const last = chars.at(-1);
      if (last !== undefined) tokens.push(last);
    }
  }
  pushJoined(tokens, words);
}

function pushJoined(tokens: string[], words: readonly string[]): void {
  for (const word of words) tokens.push(shortened(word));
  if (words.length > 1) tokens.push(shortened(words.join('')));
}

function bigrams(chars: readonly string[]): string[] {
  return chars.slice(1).map((char, index) => `${chars[index] ?? ''}${char}`);
}

function shortened(word: string): string {
  return word.length <= MAX_WORD_CHARS ? word : Array.from(word).slice(0, MAX_WORD_CHARS).join('');
}

function marksOf(text: string): string[] {
  return chunksOf(plain(text))
    .filter((chunk) => MARKS.test(chunk))
    .map((chunk) =>
      shortened(chunk).replace(/[\x21-\x7e]/g, (mark) => String.fromCharCode(MARK_BASE + mark.charCodeAt(0))),
    );
}

const WORD_CHAR = /[\p{L}\p{M}\p{N}]/u;

/** Of a text in its plain form. */
export function isWordChar(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  // Plain text is lower case.
  if (unit < 0x80) return isAsciiWordUnit(unit);
  return WORD_CHAR.test(text.charAt(index));
}
