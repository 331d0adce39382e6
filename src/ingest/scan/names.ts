/** File name endings that are opened; what the file truly is, its content tells. */
const AUDIO_SUFFIXES: ReadonlySet<string> = new Set([
  'aac',
  'aif',
  'aifc',
  'aiff',
  'ape',
  'dff',
  'dsf',
  'flac',
  'm4a',
  'm4b',
  'mka',
  'mp2',
  'mp3',
  'mp4',
  'mpc',
  'oga',
  'ogg',
  'opus',
  'spx',
  'wav',
  'wave',
  'weba',
  'wma',
  'wv',
]);

/** Recycle bins, indexes of other programs, what unzipping on another system leaves. Dotted names are skipped anyway. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  '@eadir',
  '@recycle',
  '@recently-snapshot',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  '__macosx',
]);

const COVER_STEMS: readonly string[] = ['cover', 'folder', 'front', 'album', 'albumart', 'artwork'];
const COVER_SUFFIXES: readonly string[] = ['jpg', 'jpeg', 'png', 'webp'];

const DOT = 0x2e;

/** One byte a character, so that no name is too broken to be looked at. */
function lowerCaseAscii(name: Buffer): string {
  return name.toString('latin1').replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function isSkippedName(name: Buffer): boolean {
  return name[0] === DOT || SKIPPED_FOLDERS.has(lowerCaseAscii(name));
}

/** The ending without its dot, in lower case; empty without one. */
export function suffixOf(name: Buffer): string {
  const dot = name.lastIndexOf(DOT);
  return dot <= 0 ? '' : lowerCaseAscii(name.subarray(dot + 1));
}

/** The name without its ending, in lower case where it is ASCII. Equal stems belong together. */
export function stemOf(name: Buffer): string {
  const dot = name.lastIndexOf(DOT);
  return lowerCaseAscii(dot <= 0 ? name : name.subarray(0, dot));
}

export function isAudioName(name: Buffer): boolean {
  return AUDIO_SUFFIXES.has(suffixOf(name));
}

export function isLyricsName(name: Buffer): boolean {
  return suffixOf(name) === 'lrc';
}

/** The lower, the likelier this picture is the folder's cover; undefined for any other file. */
export function coverRank(name: Buffer): number | undefined {
  const stem = COVER_STEMS.indexOf(stemOf(name));
  const suffix = COVER_SUFFIXES.indexOf(suffixOf(name));
  if (stem < 0 || suffix < 0) return undefined;
  return stem * COVER_SUFFIXES.length + suffix;
}

const DISC_FOLDER = /^(?:cd|disc|disk|dvd|lp|vinyl|side|disque)[ ._-]*(?:\d{1,3}|[a-h])\b/;

/** "CD1", "Disc 2", "Side A": its cover is in the folder above. */
export function isDiscFolder(name: Buffer): boolean {
  return DISC_FOLDER.test(lowerCaseAscii(name));
}
