import type { LyricsView, TrackView } from '../../../catalog/index.ts';

/** https://opensubsonic.netlify.app/docs/responses/structuredlyrics/ */
export type StructuredLyrics = {
  readonly displayArtist: string;
  readonly displayTitle: string;
  readonly lang: string;
  readonly offset: number;
  readonly synced: boolean;
  readonly line: readonly { readonly start?: number | undefined; readonly value: string }[];
};

/** https://opensubsonic.netlify.app/docs/responses/lyrics/ */
export type Lyrics = {
  readonly artist?: string | undefined;
  readonly title?: string | undefined;
  readonly value: string;
};

/** Offsets were applied when the tags were read, so that none is left for the player. */
export function structuredLyrics(lyrics: LyricsView, track: TrackView): StructuredLyrics {
  return {
    displayArtist: track.displayArtist,
    displayTitle: track.title,
    lang: lyrics.language,
    offset: 0,
    synced: lyrics.synced,
    line: lyrics.lines.map((line) =>
      lyrics.synced ? { start: Math.round(line.startMs ?? 0), value: line.text } : { value: line.text },
    ),
  };
}

export function plainLyrics(lyrics: LyricsView, track: TrackView): Lyrics {
  return {
    artist: track.displayArtist,
    title: track.title,
    value: lyrics.lines.map((line) => line.text).join('\n'),
  };
}
