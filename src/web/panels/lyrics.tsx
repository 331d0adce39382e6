import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Lyrics as LyricsText, Track } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Loaded } from '../parts/loaded.tsx';
import { usePlayer } from '../player/use-player.ts';
import { usePosition } from '../player-bar/use-position.ts';
import { languageTag } from './language-tag.ts';
import { lineAt } from './line-at.ts';
import { lyricsQuery } from './queries.ts';

const SKELETONS = [0, 1, 2, 3, 4, 5];

/** Synced lines follow the music, and a click on one goes there. */
export function Lyrics({ track }: { readonly track: Track }) {
  const { now: words } = useMessages();
  const query = useQuery(lyricsQuery(track.id));
  return (
    <Loaded
      query={query}
      skeleton={
        <div className="lyrics">
          {SKELETONS.map((index) => (
            <span key={index} className="lyric skeleton" />
          ))}
        </div>
      }
    >
      {({ lyrics: [first] }) => {
        if (!first) return <p className="panel-lead">{words.noLyrics}</p>;
        return first.synced ? <SyncedLyrics lyrics={first} /> : <PlainLyrics lyrics={first} />;
      }}
    </Loaded>
  );
}

function PlainLyrics({ lyrics: { language, lines } }: { readonly lyrics: LyricsText }) {
  return (
    <p className="lyrics lyrics-plain" lang={languageTag(language)} dir="auto">
      {lines.map(({ text }) => text).join('\n')}
    </p>
  );
}

function SyncedLyrics({ lyrics: { language, lines } }: { readonly lyrics: LyricsText }) {
  const player = usePlayer();
  const current = lineAt(lines, usePosition());
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const line = list.current?.children[current];
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    line?.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' });
  }, [current]);
  return (
    <ol ref={list} className="lyrics" lang={languageTag(language)}>
      {lines.map(({ startMs = 0, text }, index) => (
        // Lines have no other name than their place, which never changes.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          <button
            type="button"
            className="lyric"
            dir="auto"
            aria-current={index === current || undefined}
            onClick={() => player.seek(startMs)}
          >
            {text || '♪'}
          </button>
        </li>
      ))}
    </ol>
  );
}
