import { memo, type MouseEvent } from 'react';
import type { Track } from '../../api/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from './cover.tsx';
import { Highlighted } from './highlighted.tsx';
import { Icon } from './icon.tsx';
import { LikeButton } from './like-button.tsx';
import { useNames } from './names.ts';
import { RowLink } from './row-link.tsx';

/** What a list shows besides the title; an album's own list has no need of its name. */
export interface TrackColumns {
  readonly cover?: boolean;
  readonly album?: boolean;
  readonly number?: 'track' | 'position';
  readonly plays?: boolean;
}

interface TrackRowProps {
  readonly index: number;
  readonly track: Track;
  readonly columns: TrackColumns;
  readonly isPlaying: boolean;
  readonly onPlay: (index: number) => void;
  readonly onMenu: (index: number, at: Element) => void;
}

/** The cells of one row. Its buttons are reached by arrow keys: the list is one stop of the Tab key. */
export const TrackRow = memo(function TrackRow({
  index,
  track,
  columns,
  isPlaying,
  onPlay,
  onMenu,
}: TrackRowProps) {
  const { actions, tracks: words } = useMessages();
  const { clock, number } = useFormats();
  const names = useNames();
  const title = names.title(track);
  const album = (
    <Highlighted id={track.id} field="album">
      {names.album(track.album)}
    </Highlighted>
  );
  const shownNumber = columns.number === 'track' ? track.trackNumber : index + 1;
  return (
    <>
      <span role="gridcell" className="cell-number">
        <span className="row-number">
          {isPlaying ? <Icon name="volume" /> : shownNumber !== undefined && number(shownNumber)}
        </span>
        <button
          type="button"
          className="row-play"
          tabIndex={-1}
          aria-label={actions.playItem(title)}
          onClick={(event: MouseEvent) => {
            event.stopPropagation();
            onPlay(index);
          }}
        >
          <Icon name="play" />
        </button>
      </span>
      <span role="gridcell" className="cell-title">
        {columns.cover && <Cover coverId={track.coverId} seed={track.albumId} pixels={44} />}
        <span className="row-text">
          <span className="row-title" dir="auto">
            <Highlighted id={track.id} field="title">
              {title}
            </Highlighted>
            {isPlaying && <span className="visually-hidden"> ({words.playing})</span>}
            {track.sourceMissingSinceMs !== undefined && (
              <span className="row-missing" title={words.missingSource}>
                <Icon name="warning" />
                <span className="visually-hidden">{words.missingSource}</span>
              </span>
            )}
          </span>
          <span className="row-artist" dir="auto">
            {track.artists.length === 0
              ? names.artist(track)
              : track.artists.map((artist, at) => (
                  <span key={artist.id}>
                    {at > 0 && ', '}
                    <RowLink to={{ kind: 'artists', id: artist.id }}>{names.artistName(artist.name)}</RowLink>
                  </span>
                ))}
          </span>
        </span>
      </span>
      {columns.album && (
        <span role="gridcell" className="cell-album" dir="auto">
          <RowLink to={{ kind: 'albums', id: track.albumId }}>{album}</RowLink>
        </span>
      )}
      {columns.plays && (
        <span role="gridcell" className="cell-plays">
          {track.playCount > 0 && number(track.playCount)}
        </span>
      )}
      <span role="gridcell" className="cell-like">
        <LikeButton item={track} name={title} tabIndex={-1} />
      </span>
      <span role="gridcell" className="cell-duration">
        {clock(track.durationMs)}
      </span>
      <span role="gridcell" className="cell-menu">
        <button
          type="button"
          className="icon-button"
          tabIndex={-1}
          aria-haspopup="menu"
          aria-label={actions.moreFor(title)}
          onClick={(event) => {
            event.stopPropagation();
            onMenu(index, event.currentTarget);
          }}
        >
          <Icon name="more" />
        </button>
      </span>
    </>
  );
});
