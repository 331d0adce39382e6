import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Track } from '../../api/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { LikeButton } from '../parts/like-button.tsx';
import { useNames } from '../parts/names.ts';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useTint } from '../parts/use-tint.ts';
import { usePlayerState } from '../player/use-player.ts';
import { Lyrics } from './lyrics.tsx';
import { QueueList } from './queue-list.tsx';

/** What plays, large, beside what comes and what is sung. */
export function NowPage() {
  const { now: words } = useMessages();
  const track = usePlayerState((state) => state.current?.track);
  const count = usePlayerState((state) => state.queue.items.length);
  const [side, setSide] = useState<'queue' | 'lyrics'>('queue');
  usePageTitle(words.title);
  if (count === 0) {
    return (
      <div className="page">
        <h1 className="visually-hidden">{words.title}</h1>
        <Notice icon="queue" title={words.empty} text={words.emptyText} />
      </div>
    );
  }
  return (
    <div className="page playing-page">
      <h1 className="visually-hidden">{words.title}</h1>
      {track && <NowHead track={track} />}
      <div className="playing-side">
        <div className="segments" role="group">
          {(['queue', 'lyrics'] as const).map((name) => (
            <button
              key={name}
              type="button"
              className="segment"
              aria-pressed={side === name}
              onClick={() => setSide(name)}
            >
              {words[name]}
            </button>
          ))}
        </div>
        {side === 'queue' ? <QueueList /> : track && <Lyrics key={track.id} track={track} />}
      </div>
    </div>
  );
}

function NowHead({ track }: { readonly track: Track }) {
  const { now: words } = useMessages();
  const names = useNames();
  const tint = useTint(track.coverId);
  const [artist] = track.artists;
  return (
    <section className="playing-head" style={tint}>
      <Cover coverId={track.coverId} seed={track.albumId} pixels={768} isFirst />
      <div className="playing-title-row">
        <div className="playing-titles">
          <h2 className="playing-title" dir="auto">
            {names.title(track)}
          </h2>
          <p className="playing-artist" dir="auto">
            {artist ? (
              <Link to="/artists/$artistId" params={{ artistId: artist.id }}>
                {names.artist(track)}
              </Link>
            ) : (
              names.artist(track)
            )}
            {' · '}
            <Link to="/albums/$albumId" params={{ albumId: track.albumId }}>
              {names.album(track.album)}
            </Link>
          </p>
        </div>
        <LikeButton item={track} name={names.title(track)} />
      </div>
      <p className="playing-format">
        <Icon name="shield" />
        <span>{words.sealed}</span>
        <TrackFormat track={track} />
      </p>
    </section>
  );
}

function TrackFormat({ track: { suffix, sampleRateHz, bitDepth } }: { readonly track: Track }) {
  const { now: words } = useMessages();
  const { number } = useFormats();
  const parts = [
    suffix.toUpperCase(),
    ...(bitDepth === undefined ? [] : [words.bits(number(bitDepth))]),
    ...(sampleRateHz === undefined ? [] : [words.kilohertz(number(sampleRateHz / 1_000))]),
  ];
  return <span className="badge">{parts.join(' · ')}</span>;
}
