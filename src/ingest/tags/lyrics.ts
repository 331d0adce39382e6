import type { LyricsView } from '../../catalog/index.ts';
import { cleanLines, cleanText } from './clean.ts';
import { textsOf, type NativeTags, valuesOf } from './native.ts';

const MOST_LINES = 5_000;
const MOST_LYRICS = 8;
export const LONGEST_LYRICS = 256 * 1024;
const UNKNOWN_LANGUAGE = 'xxx';

type Line = LyricsView['lines'][number];

const TIME_TAG = /\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]/g;
const LEADING_TIMES = /^\s*(?:\[\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\]\s*)+/;
const OFFSET_TAG = /^\s*\[offset:\s*([+-]?\d{1,7})\s*\]\s*$/im;
const ID_TAG = /^\s*\[[a-z#][a-z_]*:[^\]]*\]\s*$/i;
/** Enhanced LRC times single words inside a line. */
const WORD_TIME = /<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>\s?/g;

function timeMs(minutes: string, seconds: string, fraction: string): number {
  const ms = fraction === '' ? 0 : Number(`0.${fraction}`) * 1000;
  return Math.round((Number(minutes) * 60 + Number(seconds)) * 1000 + ms);
}

function languageOf(value: unknown): string {
  return typeof value === 'string' && /^[a-z]{3}$/i.test(value) ? value.toLowerCase() : UNKNOWN_LANGUAGE;
}

function view(language: unknown, synced: boolean, lines: readonly Line[]): LyricsView | undefined {
  const bounded = lines.slice(0, MOST_LINES);
  if (!bounded.some((line) => line.text !== '')) return undefined;
  return { language: languageOf(language), synced, lines: bounded };
}

/** LRC where a line starts with a time, else plain lines. A positive offset shows lines earlier, as players do it. */
export function parseLyricsText(text: string, language?: unknown): LyricsView | undefined {
  const whole = cleanLines(text, LONGEST_LYRICS);
  if (whole === undefined) return undefined;
  const rows = whole.split('\n');
  const offsetMs = Number(OFFSET_TAG.exec(whole)?.[1] ?? 0);
  const timed: Required<Line>[] = [];
  for (const row of rows) {
    const leading = LEADING_TIMES.exec(row)?.[0];
    if (leading === undefined) continue;
    const words = cleanText(row.slice(leading.length).replaceAll(WORD_TIME, '')) ?? '';
    for (const [, minutes = '', seconds = '', fraction = ''] of leading.matchAll(TIME_TAG)) {
      if (timed.length >= MOST_LINES) break;
      timed.push({ startMs: Math.max(0, timeMs(minutes, seconds, fraction) - offsetMs), text: words });
    }
  }
  if (timed.length > 0) {
    return view(
      language,
      true,
      timed.toSorted((a, b) => a.startMs - b.startMs),
    );
  }
  const plain = rows.filter((row) => !ID_TAG.test(row)).map((row) => ({ text: cleanText(row) ?? '' }));
  return view(language, false, plain);
}

interface SyncedFrame {
  readonly language?: unknown;
  readonly syncText: readonly { readonly text?: unknown; readonly timestamp?: unknown }[];
  /** ID3v2 section 4.9: 2 is milliseconds; 1 counts MPEG frames, which only a decoder can place. */
  readonly timeStampFormat?: unknown;
}

function isSyncedFrame(value: unknown): value is SyncedFrame {
  return typeof value === 'object' && value !== null && 'syncText' in value && Array.isArray(value.syncText);
}

function fromSyncedFrame(frame: SyncedFrame): LyricsView | undefined {
  const inMs = frame.timeStampFormat === 2;
  const lines = frame.syncText.slice(0, MOST_LINES).map(({ text, timestamp }): Line => {
    const words = cleanText(text) ?? '';
    return inMs && typeof timestamp === 'number' ? { startMs: timestamp, text: words } : { text: words };
  });
  return view(frame.language, inMs, lines);
}

interface TextFrame {
  readonly language?: unknown;
  readonly text: string;
}

function isTextFrame(value: unknown): value is TextFrame {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';
}

/** Every lyric in the file's tags, synced ones first. */
export function lyricsOf(tags: NativeTags): LyricsView[] {
  const found: LyricsView[] = [];
  const add = (lyrics: LyricsView | undefined): void => {
    if (lyrics) found.push(lyrics);
  };
  for (const frame of valuesOf(tags, 'SYLT')) if (isSyncedFrame(frame)) add(fromSyncedFrame(frame));
  for (const frame of valuesOf(tags, 'USLT', 'ULT')) {
    if (isTextFrame(frame)) add(parseLyricsText(frame.text, frame.language));
  }
  const ids = [
    'LYRICS',
    'SYNCEDLYRICS',
    'UNSYNCEDLYRICS',
    'UNSYNCED LYRICS',
    '©LYR',
    'WM/LYRICS',
    'TXXX:LYRICS',
    'TXXX:USLT',
  ];
  for (const id of ids) for (const text of textsOf(valuesOf(tags, id))) add(parseLyricsText(text));
  const distinct = new Map(found.map((lyrics) => [JSON.stringify(lyrics.lines), lyrics]));
  return [...distinct.values()].toSorted((a, b) => Number(b.synced) - Number(a.synced)).slice(0, MOST_LYRICS);
}
