import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { AlbumsSearch } from '../data/albums-search.ts';
import { type AlbumOrder, albumsQuery, genresQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard, CardSkeleton } from '../parts/album-card.tsx';
import { CardGrid } from '../parts/card-grid.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

const route = getRouteApi('/shell/albums');
const FIRST_DECADE = 1950;
const SKELETONS = Array.from({ length: 24 }, (_, index) => index);

export function AlbumsPage() {
  const { albums: words } = useMessages();
  const filter = route.useSearch();
  const query = useInfiniteQuery(albumsQuery(toOrder(filter)));
  usePageTitle(words.title);
  const albums = query.data?.pages.flatMap((page) => page.albums);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <AlbumTools />
      </header>
      <Loaded
        query={{ ...query, data: albums }}
        skeleton={
          <div className="grid">
            {SKELETONS.map((index) => (
              <CardSkeleton key={index} />
            ))}
          </div>
        }
      >
        {(found) =>
          found.length === 0 ? (
            <Notice icon="albums" title={words.none} text={words.noneHint} />
          ) : (
            <CardGrid
              label={words.title}
              count={found.length}
              onNearEnd={() => {
                if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
              }}
              card={(index) => {
                const album = found[index];
                return album && <AlbumCard album={album} />;
              }}
            />
          )
        }
      </Loaded>
    </div>
  );
}

/** Order, genre and years; they stand in the address. */
function AlbumTools() {
  const { albums: words } = useMessages();
  const { order = 'by-name', genre, decade } = route.useSearch();
  const navigate = route.useNavigate();
  const genres = useQuery(genresQuery);
  const orders: readonly (readonly [AlbumOrder, string])[] = [
    ['by-name', words.byName],
    ['by-artist', words.byArtist],
    ['newest', words.newest],
    ['recent', words.recent],
    ['frequent', words.frequent],
    ['highest', words.highest],
    ['by-year', words.byYear],
    ['random', words.random],
  ];
  const [lastDecade] = useState(() => Math.floor(new Date().getFullYear() / 10) * 10);
  const decades = Array.from(
    { length: (lastDecade - FIRST_DECADE) / 10 + 1 },
    (_, index) => lastDecade - index * 10,
  );
  return (
    <div className="page-tools">
      <select
        className="select"
        aria-label={words.order}
        value={genre === undefined && decade === undefined ? order : ''}
        onChange={(event) => {
          const chosen = orders.find(([value]) => value === event.target.value)?.[0];
          if (chosen) void navigate({ search: { order: chosen }, replace: true });
        }}
      >
        {(genre !== undefined || decade !== undefined) && <option value="">{words.byName}</option>}
        {orders.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="select"
        aria-label={words.genre}
        value={genre ?? ''}
        onChange={(event) =>
          void navigate({ search: event.target.value ? { genre: event.target.value } : {}, replace: true })
        }
      >
        <option value="">{words.anyGenre}</option>
        {genres.data?.genres.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        className="select"
        aria-label={words.decade}
        value={decade ?? ''}
        onChange={(event) =>
          void navigate({
            search: event.target.value ? { decade: Number(event.target.value) } : {},
            replace: true,
          })
        }
      >
        <option value="">{words.anyDecade}</option>
        {decades.map((year) => (
          <option key={year} value={year}>{`${year}–${year + 9}`}</option>
        ))}
      </select>
    </div>
  );
}

/** A genre or years are orders of their own for the server. */
function toOrder({ order = 'by-name', genre, decade }: AlbumsSearch) {
  if (genre !== undefined) return { order: 'by-genre' as const, genre };
  if (decade !== undefined) return { order: 'by-year' as const, fromYear: decade, toYear: decade + 9 };
  return order === 'by-year' ? { order, fromYear: 0, toYear: 9_999 } : { order };
}
