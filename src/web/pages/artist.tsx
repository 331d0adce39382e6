import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Album, Artist } from '../../api/index.ts';
import { artistQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard } from '../parts/album-card.tsx';
import { ArtistCard } from '../parts/artist-card.tsx';
import { Cover } from '../parts/cover.tsx';
import { Hero, HeroSkeleton } from '../parts/hero.tsx';
import { HeroActions } from '../parts/hero-actions.tsx';
import { ListedTracks } from '../parts/listed-tracks.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { useNames } from '../parts/names.ts';
import { Shelf } from '../parts/shelf.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayCollection } from '../parts/use-play-collection.ts';
import { openOverlay } from '../shell/overlays.ts';

const route = getRouteApi('/shell/artists/$artistId');
const TOP_TRACKS = 5;
const COLUMNS = { cover: true, album: true, plays: true } as const;

export function ArtistPage() {
  const { artistId } = route.useParams();
  const { artist: words } = useMessages();
  const query = useQuery(artistQuery(artistId));
  usePageTitle(query.data?.artist.name);
  return (
    <div className="page">
      <Loaded
        query={query}
        skeleton={
          <>
            <HeroSkeleton isRound />
            <TrackListSkeleton count={TOP_TRACKS} />
          </>
        }
      >
        {({ artist, albums, topTracks, similar }) => {
          const isOwn = (album: Album) => album.artists.some(({ id }) => id === artist.id);
          return (
            <>
              <ArtistHead artist={artist} cover={artist.coverId ?? albums[0]?.coverId} />
              {topTracks.length > 0 && (
                <section>
                  <h2 className="section-title">{words.top}</h2>
                  <ListedTracks label={words.top} tracks={topTracks.slice(0, TOP_TRACKS)} columns={COLUMNS} />
                </section>
              )}
              <AlbumSection title={words.albums} albums={albums.filter(isOwn).toReversed()} />
              <AlbumSection title={words.appearsOn} albums={albums.filter((album) => !isOwn(album))} />
              {similar.length > 0 && (
                <Shelf title={words.similar}>
                  {similar.map((other) => (
                    <ArtistCard key={other.id} artist={other} />
                  ))}
                </Shelf>
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function ArtistHead({ artist, cover }: { readonly artist: Artist; readonly cover: string | undefined }) {
  const { artist: words, counts } = useMessages();
  const names = useNames();
  const { playArtist } = usePlayCollection();
  const name = names.artistName(artist.name);
  return (
    <Hero
      cover={<Cover coverId={cover} seed={artist.id} pixels={256} isRound isFirst />}
      coverId={cover}
      kind={words.kind}
      title={name}
      facts={[
        artist.albumCount > 0 && counts.albums(artist.albumCount),
        artist.playCount > 0 && counts.plays(artist.playCount),
      ]}
      actions={
        <HeroActions
          name={name}
          item={artist}
          onPlay={(shuffled) => playArtist(artist.id, shuffled)}
          onMenu={(at) => openOverlay({ kind: 'artist-menu', at, artist })}
        />
      }
    />
  );
}

function AlbumSection({ title, albums }: { readonly title: string; readonly albums: readonly Album[] }) {
  if (albums.length === 0) return null;
  return (
    <section>
      <h2 className="section-title">{title}</h2>
      <ul className="grid">
        {albums.map((album) => (
          <li key={album.id}>
            <AlbumCard album={album} subtitle="year" />
          </li>
        ))}
      </ul>
    </section>
  );
}
