import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Playlist } from '../../api/index.ts';
import { playlistsQuery } from '../data/queries.ts';
import { usePendingDeletions } from '../data/playlist-deletions.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { openOverlay } from '../shell/overlays.ts';

export function PlaylistsPage() {
  const { playlists: words } = useMessages();
  const query = useQuery(playlistsQuery);
  const deleted = usePendingDeletions();
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <button
          type="button"
          className="button button-primary"
          onClick={() => openOverlay({ kind: 'edit-playlist' })}
        >
          <Icon name="plus" />
          {words.create}
        </button>
      </header>
      <Loaded query={query} skeleton={<TrackListSkeleton count={8} />}>
        {({ playlists }) => {
          const shown = playlists.filter(({ id }) => !deleted.has(id));
          if (shown.length === 0) return <Notice icon="playlists" title={words.none} text={words.noneHint} />;
          return (
            <ul className="line-list">
              {shown.map((playlist) => (
                <li key={playlist.id}>
                  <PlaylistLine playlist={playlist} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </div>
  );
}

function PlaylistLine({ playlist }: { readonly playlist: Playlist }) {
  const { counts, playlists: words } = useMessages();
  const { duration } = useFormats();
  const facts = [
    !playlist.isOwn && words.by(playlist.ownerName),
    counts.tracks(playlist.trackCount),
    playlist.trackCount > 0 && duration(playlist.durationMs),
    playlist.isOwn && playlist.isPublic && words.public,
  ].filter(Boolean);
  return (
    <Link
      to="/playlists/$playlistId"
      params={{ playlistId: playlist.id }}
      className="line"
      onContextMenu={(event) => {
        event.preventDefault();
        openOverlay({ kind: 'playlist-menu', playlist, at: { x: event.clientX, y: event.clientY } });
      }}
    >
      <Cover coverId={playlist.coverId} seed={playlist.id} pixels={48} />
      <span className="line-text">
        <span className="line-title" dir="auto">
          {playlist.name}
        </span>
        <span className="line-subtitle">{facts.join(' · ')}</span>
      </span>
    </Link>
  );
}
