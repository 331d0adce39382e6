import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Album } from '../../api/index.ts';
import type { AlbumsSearch } from '../data/albums-search.ts';
import {
  ALBUMS_PAGE,
  type AlbumFilter,
  type AlbumOrder,
  albumPageQuery,
  albumsQuery,
  countsQuery,
  genresQuery,
} from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard, CardSkeleton } from '../parts/album-card.tsx';
import { CardGrid } from '../parts/card-grid.tsx';
import { type Loadable, Loaded, LoadingFailed } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePages } from '../parts/use-pages.ts';

const route = getRouteApi('/shell/albums');
const FIRST_DECADE = 1950;
/** The next page of a list is asked for when so many are left. */
const CARDS_BEFORE_END = 24;
const SKELETONS = Array.from({ length: 24 }, (_, index) => index);

export function AlbumsPage() {
  const { albums: words } = useMessages();
  const filter = route.useSearch();
  const order = toOrder(filter);
  const count = useAlbumCount(order);
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <AlbumTools />
      </header>
      {count === 'unknown' ? (
        <GrowingAlbums key={JSON.stringify(order)} order={order} />
      ) : (
        <Loaded query={count} skeleton={<AlbumsSkeleton />}>
          {(known) => <PagedAlbums key={JSON.stringify(order)} order={order} count={known} />}
        </Loaded>
      )}
    </div>
  );
}

/** Where the server knows before the end is reached: its whole height is there, and one can go anywhere in it. */
function useAlbumCount({ order, genre }: AlbumFilter): Loadable<number> | 'unknown' {
  const all = useQuery(countsQuery);
  const genres = useQuery({ ...genresQuery, enabled: order === 'by-genre' });
  switch (order) {
    case 'by-name':
    case 'by-artist':
    case 'newest':
      return { ...all, data: all.data?.albums };
    case 'by-genre':
      return {
        ...genres,
        data: genres.data && (genres.data.genres.find(({ name }) => name === genre)?.albumCount ?? 0),
      };
    default:
      return 'unknown';
  }
}

function PagedAlbums({ order, count }: { readonly order: AlbumFilter; readonly count: number }) {
  const { itemAt, onShown, failed } = usePages(ALBUMS_PAGE, (page) => albumPageQuery(order, page));
  if (failed) return <LoadingFailed {...failed} />;
  return <Albums count={count} albumAt={itemAt} onShown={onShown} />;
}

function GrowingAlbums({ order }: { readonly order: AlbumFilter }) {
  const query = useInfiniteQuery(albumsQuery(order));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const albums = useMemo(() => data?.pages.flatMap((page) => page.albums), [data]);
  return (
    <Loaded query={{ ...query, data: albums }} skeleton={<AlbumsSkeleton />}>
      {(found) => (
        <Albums
          count={found.length}
          albumAt={(index) => found[index]}
          onShown={(_first, last) => {
            if (last >= found.length - CARDS_BEFORE_END && hasNextPage && !isFetchingNextPage)
              void fetchNextPage();
          }}
        />
      )}
    </Loaded>
  );
}

interface AlbumsProps {
  readonly count: number;
  readonly albumAt: (index: number) => Album | undefined;
  readonly onShown: (first: number, last: number) => void;
}

function Albums({ count, albumAt, onShown }: AlbumsProps) {
  const { albums: words } = useMessages();
  if (count === 0) return <Notice icon="albums" title={words.none} text={words.noneHint} />;
  return (
    <CardGrid
      label={words.title}
      count={count}
      onShown={onShown}
      card={(index) => {
        const album = albumAt(index);
        return album ? <AlbumCard album={album} /> : <CardSkeleton />;
      }}
    />
  );
}

function AlbumsSkeleton() {
  return (
    <div className="grid">
      {SKELETONS.map((index) => (
        <CardSkeleton key={index} />
      ))}
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
function toOrder({ order = 'by-name', genre, decade }: AlbumsSearch): AlbumFilter {
  if (genre !== undefined) return { order: 'by-genre', genre };
  if (decade !== undefined) return { order: 'by-year', fromYear: decade, toYear: decade + 9 };
  return order === 'by-year' ? { order, fromYear: 0, toYear: 9_999 } : { order };
}
