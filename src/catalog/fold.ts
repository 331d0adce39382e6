// Combining marks of Latin, Greek and Cyrillic only: the voiced marks of kana (U+3099) and the vowel
// signs of Indic scripts are letters to their readers and stay.
const ACCENTS = /[\u0300-\u036f]+/g;
// Printable ASCII is its own decomposition; most names need nothing else.
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * Makes names comparable: compatibility forms are spelled out (a ligature is its letters), accents are
 * dropped, case is dropped. Two names that fold alike are one artist; search looks at nothing else.
 */
export function fold(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  const bare = text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC');
  // A final sigma is a matter of position, so a prefix of a word would fold unlike the word itself.
  return bare.toLowerCase().replaceAll('ς', 'σ');
}
