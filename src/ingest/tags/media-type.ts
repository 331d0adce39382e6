/** The container as its first bytes tell it. */
export type MediaKind =
  | 'adts'
  | 'aiff'
  | 'ape'
  | 'asf'
  | 'dsdiff'
  | 'dsf'
  | 'flac'
  | 'matroska'
  | 'mp4'
  | 'mpeg'
  | 'musepack'
  | 'ogg'
  | 'wav'
  | 'wavpack'
  | 'webm';

export interface MediaType {
  /** As players of the Subsonic API expect it. */
  readonly mediaType: string;
  readonly suffix: string;
}

const BY_KIND: Readonly<Record<MediaKind, MediaType>> = {
  adts: { mediaType: 'audio/aac', suffix: 'aac' },
  aiff: { mediaType: 'audio/aiff', suffix: 'aiff' },
  ape: { mediaType: 'audio/x-ape', suffix: 'ape' },
  asf: { mediaType: 'audio/x-ms-wma', suffix: 'wma' },
  dsdiff: { mediaType: 'audio/x-dff', suffix: 'dff' },
  dsf: { mediaType: 'audio/x-dsf', suffix: 'dsf' },
  flac: { mediaType: 'audio/flac', suffix: 'flac' },
  matroska: { mediaType: 'audio/x-matroska', suffix: 'mka' },
  mp4: { mediaType: 'audio/mp4', suffix: 'm4a' },
  mpeg: { mediaType: 'audio/mpeg', suffix: 'mp3' },
  musepack: { mediaType: 'audio/x-musepack', suffix: 'mpc' },
  ogg: { mediaType: 'audio/ogg', suffix: 'ogg' },
  wav: { mediaType: 'audio/wav', suffix: 'wav' },
  wavpack: { mediaType: 'audio/x-wavpack', suffix: 'wv' },
  webm: { mediaType: 'audio/webm', suffix: 'weba' },
};

const OGG_SUFFIXES: Readonly<Record<string, string>> = { opus: 'opus', flac: 'oga', speex: 'spx' };

/** `codec` as `codecName` gives it. */
export function mediaTypeOf(kind: MediaKind, codec: string): MediaType {
  const known = BY_KIND[kind];
  if (kind === 'ogg') return { ...known, suffix: OGG_SUFFIXES[codec] ?? known.suffix };
  if (kind === 'mpeg' && codec !== 'mp3') return { ...known, suffix: codec };
  return known;
}

const CODECS: readonly (readonly [RegExp, string])[] = [
  [/^vorbis/i, 'vorbis'],
  [/^opus/i, 'opus'],
  [/^flac/i, 'flac'],
  [/^speex/i, 'speex'],
  [/layer 3/i, 'mp3'],
  [/layer 2/i, 'mp2'],
  [/layer 1/i, 'mp1'],
  [/alac/i, 'alac'],
  [/aac|mpeg-4/i, 'aac'],
  [/ac-3/i, 'ac3'],
  [/pcm|raw|not compressed|uncompressed/i, 'pcm'],
];

const BY_KIND_CODEC: Partial<Record<MediaKind, string>> = {
  adts: 'aac',
  aiff: 'pcm',
  ape: 'ape',
  asf: 'wma',
  dsdiff: 'dsd',
  dsf: 'dsd',
  flac: 'flac',
  musepack: 'musepack',
  wav: 'pcm',
  wavpack: 'wavpack',
};

/** One short word for what the library names in many ways. */
export function codecName(kind: MediaKind, codec: string | undefined): string {
  const fixed = BY_KIND_CODEC[kind];
  if (fixed !== undefined && fixed !== 'pcm') return fixed;
  const found = CODECS.find(([pattern]) => pattern.test(codec ?? ''))?.[1];
  return (
    found ??
    fixed ??
    (codec ?? kind)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 32)
  );
}
