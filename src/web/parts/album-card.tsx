import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Album } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { openOverlay } from '../shell/overlays.ts';
import { Cover } from './cover.tsx';
import { Highlighted } from './highlighted.tsx';
import { Icon } from './icon.tsx';
import { useNames } from './names.ts';
import { usePlayCollection } from './use-play-collection.ts';

interface AlbumCardProps {
  readonly album: Album;
  /** On an artist's own page the year says more than the name. */
  readonly subtitle?: 'artist' | 'year';
}

export const AlbumCard = memo(function AlbumCard({ album, subtitle = 'artist' }: AlbumCardProps) {
  const { actions } = useMessages();
  const names = useNames();
  const { playAlbum } = usePlayCollection();
  const title = names.album(album.title);
  const [artist] = album.artists;
  return (
    <article
      className="card"
      onContextMenu={(event) => {
        event.preventDefault();
        openOverlay({ kind: 'album-menu', album, at: { x: event.clientX, y: event.clientY } });
      }}
    >
      <Link to="/albums/$albumId" params={{ albumId: album.id }} className="card-link">
        <Cover coverId={album.coverId} seed={album.id} pixels={240} />
        <span className="card-title" dir="auto">
          <Highlighted id={album.id} field="title">
            {title}
          </Highlighted>
        </span>
      </Link>
      {subtitle === 'year' ? (
        <span className="card-subtitle">{album.year}</span>
      ) : artist ? (
        <Link to="/artists/$artistId" params={{ artistId: artist.id }} className="card-subtitle" dir="auto">
          {names.artist(album)}
        </Link>
      ) : (
        <span className="card-subtitle">{names.artist(album)}</span>
      )}
      <button
        type="button"
        className="card-play"
        aria-label={actions.playItem(title)}
        onClick={() => playAlbum(album.id)}
      >
        <Icon name="play" />
      </button>
    </article>
  );
});

/** As large as a card, so that nothing moves. */
export function CardSkeleton({ isRound = false }: { readonly isRound?: boolean }) {
  return (
    <div className="card">
      <span className={`cover skeleton ${isRound ? 'cover-round' : ''}`} />
      <span className="skeleton skeleton-line" />
      <span className="skeleton skeleton-line skeleton-short" />
    </div>
  );
}
