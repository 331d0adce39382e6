import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type AlbumOrder, countsQuery, sessionQuery, shelfQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard, CardSkeleton } from '../parts/album-card.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { Shelf } from '../parts/shelf.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayCollection } from '../parts/use-play-collection.ts';

const SHELF_CARDS = 18;
const SKELETON_CARDS = Array.from({ length: 9 }, (_, index) => index);

export function HomePage() {
  const { counts: count, home, uploads } = useMessages();
  const counts = useQuery(countsQuery);
  const { data: session } = useQuery(sessionQuery);
  const { playAnything } = usePlayCollection();
  usePageTitle(home.title);
  const isEmpty = counts.data?.tracks === 0;
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{greeting(home)}</h1>
        <p className="page-facts">
          {counts.data && !isEmpty
            ? [
                count.albums(counts.data.albums),
                count.artists(counts.data.artists),
                count.tracks(counts.data.tracks),
              ].join(' · ')
            : '\u00a0'}
        </p>
        {!isEmpty && (
          <button type="button" className="button button-primary" onClick={() => playAnything()}>
            <Icon name="shuffle" />
            {home.shuffleAll}
          </button>
        )}
      </header>
      {isEmpty ? (
        <Notice icon="albums" title={home.emptyTitle} text={home.emptyText}>
          {session?.mayUpload && (
            <Link to="/add" className="button button-primary">
              {uploads.title}
            </Link>
          )}
        </Notice>
      ) : (
        <>
          <AlbumShelf order="recent" title={home.recent} />
          <AlbumShelf order="newest" title={home.newest} />
          <AlbumShelf order="frequent" title={home.frequent} />
          <AlbumShelf order="random" title={home.random} />
        </>
      )}
    </div>
  );
}

function AlbumShelf({ order, title }: { readonly order: AlbumOrder; readonly title: string }) {
  const { home } = useMessages();
  const query = useQuery(shelfQuery(order, SHELF_CARDS));
  const all = (
    <Link to="/albums" search={{ order }} className="shelf-all" aria-label={home.seeAll(title)}>
      {home.all}
    </Link>
  );
  return (
    <Loaded
      query={query}
      skeleton={
        <Shelf title={title}>
          {SKELETON_CARDS.map((index) => (
            <CardSkeleton key={index} />
          ))}
        </Shelf>
      }
    >
      {({ albums }) =>
        albums.length === 0 ? null : (
          <Shelf title={title} all={all}>
            {albums.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </Shelf>
        )
      }
    </Loaded>
  );
}

function greeting(home: { morning: string; afternoon: string; evening: string }): string {
  const hour = new Date().getHours();
  if (hour >= 4 && hour < 11) return home.morning;
  return hour >= 11 && hour < 17 ? home.afternoon : home.evening;
}
