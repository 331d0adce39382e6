import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Album, Track } from '../../api/index.ts';
import { albumQuery } from '../data/queries.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Hero, HeroSkeleton } from '../parts/hero.tsx';
import { HeroActions } from '../parts/hero-actions.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { useNames } from '../parts/names.ts';
import { TrackList, TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayer } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';

const route = getRouteApi('/shell/albums/$albumId');

export function AlbumPage() {
  const { albumId } = route.useParams();
  const query = useQuery(albumQuery(albumId));
  usePageTitle(query.data?.album.title);
  return (
    <div className="page">
      <Loaded
        query={query}
        skeleton={
          <>
            <HeroSkeleton />
            <TrackListSkeleton count={12} />
          </>
        }
      >
        {({ album, tracks }) => (
          <>
            <AlbumHead album={album} tracks={tracks} />
            <Discs album={album} tracks={tracks} />
          </>
        )}
      </Loaded>
    </div>
  );
}

interface AlbumProps {
  readonly album: Album;
  readonly tracks: readonly Track[];
}

function AlbumHead({ album, tracks }: AlbumProps) {
  const { album: words, counts } = useMessages();
  const { duration } = useFormats();
  const names = useNames();
  const player = usePlayer();
  const title = names.album(album.title);
  return (
    <Hero
      cover={<Cover coverId={album.coverId} seed={album.id} pixels={256} isFirst />}
      coverId={album.coverId}
      kind={album.isCompilation ? words.compilation : words.kind}
      title={title}
      facts={[
        album.artists.length === 0
          ? names.artist(album)
          : album.artists.map((artist) => (
              <Link key={artist.id} to="/artists/$artistId" params={{ artistId: artist.id }} dir="auto">
                {names.artistName(artist.name)}
              </Link>
            )),
        album.year,
        album.genres[0] !== undefined && (
          <Link key="genre" to="/genres/$genre" params={{ genre: album.genres[0] }}>
            {album.genres[0]}
          </Link>
        ),
        counts.tracks(tracks.length),
        duration(tracks.reduce((sum, track) => sum + track.durationMs, 0)),
      ]}
      actions={
        <HeroActions
          name={title}
          item={album}
          onPlay={(shuffled) => player.playTracks(tracks, 0, { shuffled })}
          onMenu={(at) => openOverlay({ kind: 'album-menu', at, album })}
        />
      }
    />
  );
}

/** A list a disc where there is more than one. */
function Discs({ album, tracks }: AlbumProps) {
  const { album: words } = useMessages();
  const discs = useMemo(() => {
    const numbers = [...new Set(tracks.map(({ discNumber }) => discNumber ?? 1))];
    return numbers.map((disc) => ({
      disc,
      title: album.discTitles.find((entry) => entry.disc === disc)?.title,
      start: tracks.findIndex(({ discNumber }) => (discNumber ?? 1) === disc),
      tracks: tracks.filter(({ discNumber }) => (discNumber ?? 1) === disc),
    }));
  }, [album, tracks]);
  return discs.map(({ disc, title, start, tracks: own }) => (
    <section key={disc}>
      {discs.length > 1 && <h2 className="disc-title">{words.disc(disc, title)}</h2>}
      <DiscTracks
        label={discs.length > 1 ? words.disc(disc, title) : album.title}
        own={own}
        all={tracks}
        start={start}
      />
    </section>
  ));
}

const COLUMNS = { number: 'track' } as const;

interface DiscTracksProps {
  readonly label: string;
  readonly own: readonly Track[];
  readonly all: readonly Track[];
  /** Where the disc begins in the album: playing goes on over its end. */
  readonly start: number;
}

function DiscTracks({ label, own, all, start }: DiscTracksProps) {
  const player = usePlayer();
  const trackAt = useCallback((index: number) => own[index], [own]);
  const onPlay = useCallback((index: number) => player.playTracks(all, start + index), [player, all, start]);
  return <TrackList label={label} count={own.length} trackAt={trackAt} columns={COLUMNS} onPlay={onPlay} />;
}
