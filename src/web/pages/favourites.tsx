import { useQuery } from '@tanstack/react-query';
import { favouritesQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard } from '../parts/album-card.tsx';
import { ArtistCard } from '../parts/artist-card.tsx';
import { ListedTracks } from '../parts/listed-tracks.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { Shelf } from '../parts/shelf.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

const COLUMNS = { cover: true, album: true } as const;

export function FavouritesPage() {
  const { albums, artists, favourites: words, tracks } = useMessages();
  const query = useQuery(favouritesQuery);
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
      </header>
      <Loaded query={query} skeleton={<TrackListSkeleton count={10} />}>
        {(found) => {
          if (found.artists.length + found.albums.length + found.tracks.length === 0) {
            return <Notice icon="heart" title={words.none} text={words.noneHint} />;
          }
          return (
            <>
              {found.albums.length > 0 && (
                <Shelf title={albums.title}>
                  {found.albums.map((album) => (
                    <AlbumCard key={album.id} album={album} />
                  ))}
                </Shelf>
              )}
              {found.artists.length > 0 && (
                <Shelf title={artists.title}>
                  {found.artists.map((artist) => (
                    <ArtistCard key={artist.id} artist={artist} />
                  ))}
                </Shelf>
              )}
              {found.tracks.length > 0 && (
                <section>
                  <h2 className="section-title">{tracks.title}</h2>
                  <ListedTracks label={tracks.title} tracks={found.tracks} columns={COLUMNS} />
                </section>
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
