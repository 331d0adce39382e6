import type { IAudioMetadata } from 'music-metadata';
import { undeclaredText } from './clean.ts';

/** Tag formats, the best source first: the order in which the library prefers them for its common tags. */
const PREFERENCE: readonly string[] = [
  'matroska',
  'APEv2',
  'vorbis',
  'ID3v2.4',
  'ID3v2.3',
  'ID3v2.2',
  'exif',
  'asf',
  'iTunes',
  'AIFF',
  'ID3v1',
];

/** Formats that do not say how their text is encoded. */
const UNDECLARED: ReadonlySet<string> = new Set(['exif', 'ID3v1']);

export interface NativeTag {
  /** Upper case: "TPE1", "TXXX:ARTISTS", "----:COM.APPLE.ITUNES:ARTISTS". */
  readonly id: string;
  readonly value: unknown;
}

/** A file's tags as they are written in it, by format, the best format first. */
export type NativeTags = readonly (readonly NativeTag[])[];

export function nativeTags(metadata: Pick<IAudioMetadata, 'native'>): NativeTags {
  return PREFERENCE.flatMap((format) => {
    const tags = metadata.native[format];
    if (!tags) return [];
    const undeclared = UNDECLARED.has(format);
    return [
      tags.map(({ id, value }) => ({
        id: id.toUpperCase(),
        value: undeclared && typeof value === 'string' ? undeclaredText(value) : value,
      })),
    ];
  });
}

/** The values of any of these ids, from the best format that has one. */
export function valuesOf(tags: NativeTags, ...ids: readonly string[]): unknown[] {
  for (const format of tags) {
    const values = format.filter((tag) => ids.includes(tag.id)).map((tag) => tag.value);
    if (values.length > 0) return values;
  }
  return [];
}

/** As `valuesOf`, for a name that each format spells in its own way for what its standard lacks. */
export function customValuesOf(tags: NativeTags, name: string): unknown[] {
  return valuesOf(tags, name, `TXXX:${name}`, `TXX:${name}`, `----:COM.APPLE.ITUNES:${name}`, `WM/${name}`);
}

export function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

/** For text that came through the library's common tags: read again where its format declares no encoding. */
export function redeclared(metadata: Pick<IAudioMetadata, 'native'>): (text: string) => string {
  const raw = new Set(
    [...UNDECLARED].flatMap((format) => metadata.native[format]?.map((tag) => tag.value) ?? []),
  );
  return (text) => (raw.has(text) ? undeclaredText(text) : text);
}
