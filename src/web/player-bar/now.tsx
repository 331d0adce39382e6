import { Link } from '@tanstack/react-router';
import type { Track } from '../../api/index.ts';
import { useNames } from '../parts/names.ts';

/** Title and artists of what plays, as ways to their pages. */
export function NowText({ track, onLeave }: { readonly track: Track; readonly onLeave?: () => void }) {
  const names = useNames();
  return (
    <div className="now-text">
      <Link
        to="/albums/$albumId"
        params={{ albumId: track.albumId }}
        className="now-title"
        dir="auto"
        onClick={onLeave}
      >
        {names.title(track)}
      </Link>
      <span className="now-artist" dir="auto">
        {track.artists.length === 0
          ? names.artist(track)
          : track.artists.map((artist, index) => (
              <span key={artist.id}>
                {index > 0 && ', '}
                <Link to="/artists/$artistId" params={{ artistId: artist.id }} onClick={onLeave}>
                  {names.artistName(artist.name)}
                </Link>
              </span>
            ))}
      </span>
    </div>
  );
}
