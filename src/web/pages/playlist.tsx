import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Playlist, Track } from '../../api/index.ts';
import { playlistQuery } from '../data/queries.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Hero, HeroSkeleton } from '../parts/hero.tsx';
import { HeroActions } from '../parts/hero-actions.tsx';
import { ListedTracks } from '../parts/listed-tracks.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayer } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { OrderedTracks } from './ordered-tracks.tsx';

const route = getRouteApi('/shell/playlists/$playlistId');
const COLUMNS = { cover: true, album: true } as const;

export function PlaylistPage() {
  const { playlistId } = route.useParams();
  const { playlist: words } = useMessages();
  const query = useQuery(playlistQuery(playlistId));
  usePageTitle(query.data?.playlist.name);
  return (
    <div className="page">
      <Loaded
        query={query}
        skeleton={
          <>
            <HeroSkeleton />
            <TrackListSkeleton count={10} />
          </>
        }
      >
        {({ playlist, tracks }) => (
          <>
            <PlaylistHead playlist={playlist} tracks={tracks} />
            {tracks.length === 0 ? (
              <Notice icon="playlists" title={words.empty} text={words.emptyHint} />
            ) : playlist.isOwn ? (
              <OrderedTracks playlistId={playlist.id} tracks={tracks} />
            ) : (
              <ListedTracks label={playlist.name} tracks={tracks} columns={COLUMNS} />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

interface PlaylistHeadProps {
  readonly playlist: Playlist;
  readonly tracks: readonly Track[];
}

function PlaylistHead({ playlist, tracks }: PlaylistHeadProps) {
  const { counts, playlist: words, playlists } = useMessages();
  const { duration } = useFormats();
  const player = usePlayer();
  const coverId = playlist.coverId ?? tracks.find((track) => track.coverId !== undefined)?.coverId;
  return (
    <Hero
      cover={<Cover coverId={coverId} seed={playlist.id} pixels={256} isFirst />}
      coverId={coverId}
      kind={words.kind}
      title={playlist.name}
      text={playlist.comment}
      facts={[
        playlists.by(playlist.ownerName),
        counts.tracks(tracks.length),
        tracks.length > 0 && duration(tracks.reduce((sum, track) => sum + track.durationMs, 0)),
        playlist.isPublic && playlists.public,
      ]}
      actions={
        <HeroActions
          name={playlist.name}
          isEmpty={tracks.length === 0}
          onPlay={(shuffled) => player.playTracks(tracks, 0, { shuffled })}
          onMenu={(at) => openOverlay({ kind: 'playlist-menu', at, playlist })}
        />
      }
    />
  );
}
