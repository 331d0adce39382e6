import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { albumsQuery, genresQuery } from '../data/queries.ts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard } from '../parts/album-card.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PagedTracks } from '../parts/paged-tracks.tsx';
import { Shelf } from '../parts/shelf.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayCollection } from '../parts/use-play-collection.ts';
import { NotFound } from '../app/fallbacks.tsx';

const route = getRouteApi('/shell/genres/$genre');

export function GenrePage() {
  const { genre } = route.useParams();
  const { counts, genre: words, home, actions } = useMessages();
  const genres = useQuery(genresQuery);
  const albums = useInfiniteQuery(albumsQuery({ order: 'by-genre', genre }));
  const { playAnything } = usePlayCollection();
  usePageTitle(genre);
  return (
    <div className="page">
      <Loaded query={genres} skeleton={<TrackListSkeleton count={14} />}>
        {(data) => {
          const found = data.genres.find(({ name }) => name === genre);
          if (!found) return <NotFound />;
          const shown = albums.data?.pages[0]?.albums ?? [];
          return (
            <>
              <header className="page-head">
                <h1 className="page-title" dir="auto">
                  {genre}
                </h1>
                <p className="page-facts">
                  {counts.albums(found.albumCount)} · {counts.tracks(found.trackCount)}
                </p>
                <button type="button" className="button button-primary" onClick={() => playAnything(genre)}>
                  <Icon name="shuffle" />
                  {actions.shuffle}
                </button>
              </header>
              {shown.length > 0 && (
                <Shelf
                  title={words.albums}
                  all={
                    <Link
                      to="/albums"
                      search={{ genre }}
                      className="shelf-all"
                      aria-label={home.seeAll(words.albums)}
                    >
                      {home.all}
                    </Link>
                  }
                >
                  {shown.slice(0, 24).map((album) => (
                    <AlbumCard key={album.id} album={album} />
                  ))}
                </Shelf>
              )}
              <h2 className="section-title">{words.tracks}</h2>
              <PagedTracks label={words.tracks} count={found.trackCount} genre={genre} />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
