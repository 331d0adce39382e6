import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Artist } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { openOverlay } from '../shell/overlays.ts';
import { Cover } from './cover.tsx';
import { Highlighted } from './highlighted.tsx';
import { useNames } from './names.ts';

export const ArtistCard = memo(function ArtistCard({ artist }: { readonly artist: Artist }) {
  const { counts } = useMessages();
  const names = useNames();
  return (
    <article
      className="card card-artist"
      onContextMenu={(event) => {
        event.preventDefault();
        openOverlay({ kind: 'artist-menu', artist, at: { x: event.clientX, y: event.clientY } });
      }}
    >
      <Link to="/artists/$artistId" params={{ artistId: artist.id }} className="card-link">
        <Cover coverId={artist.coverId} seed={artist.id} pixels={240} isRound />
        <span className="card-title" dir="auto">
          <Highlighted id={artist.id} field="title">
            {names.artistName(artist.name)}
          </Highlighted>
        </span>
        <span className="card-subtitle">{artist.albumCount > 0 && counts.albums(artist.albumCount)}</span>
      </Link>
    </article>
  );
});
