import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { searchQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { AlbumCard } from '../parts/album-card.tsx';
import { ArtistCard } from '../parts/artist-card.tsx';
import { SearchHighlights } from '../parts/highlighted.tsx';
import { Icon } from '../parts/icon.tsx';
import { ListedTracks } from '../parts/listed-tracks.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { Shelf } from '../parts/shelf.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

const route = getRouteApi('/shell/search');
/** Between two letters of a quick typist: one question for several letters. */
const SETTLE_MS = 60;
const COLUMNS = { cover: true, album: true } as const;

export function SearchPage() {
  const { search: words } = useMessages();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q);
  const asked = useDeferredValue(q.trim());
  const results = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  usePageTitle(words.title);

  // The address follows what is typed, so that it can be shared and the way back finds it.
  useEffect(() => {
    const timer = setTimeout(() => {
      if (typed !== q) void navigate({ search: typed ? { q: typed } : {}, replace: true });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed, q, navigate]);

  /** Arrows lead from the field into the results, and through them. */
  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    if (event.key === 'Escape' && event.target !== field.current) {
      field.current?.focus();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const stops = [
      ...(field.current ? [field.current] : []),
      ...(results.current?.querySelectorAll<HTMLElement>('.card-link, .row[tabindex="0"]') ?? []),
    ];
    const next = stops[stops.indexOf(event.target as HTMLElement) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    next.focus();
    event.preventDefault();
  }

  return (
    // Keys bubble up from field and results.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="page" onKeyDown={onKeyDown}>
      <h1 className="visually-hidden">{words.title}</h1>
      <search className="search-box">
        <div className="search-inner">
          <Icon name="search" />
          <input
            ref={field}
            id="search-field"
            className="input search-field"
            type="search"
            aria-label={words.title}
            placeholder={words.placeholder}
            value={typed}
            maxLength={512}
            autoComplete="off"
            spellCheck={false}
            // The page is for nothing else.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            onChange={(event) => setTyped(event.target.value)}
          />
          {typed && (
            <button
              type="button"
              className="icon-button"
              aria-label={words.clear}
              onClick={() => {
                setTyped('');
                field.current?.focus();
              }}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      </search>
      <div ref={results}>
        {asked ? (
          <Results words={asked} />
        ) : (
          <Notice icon="search" title={words.start} text={words.startHint} />
        )}
      </div>
    </div>
  );
}

function Results({ words: asked }: { readonly words: string }) {
  const { albums, artists, search: words, tracks } = useMessages();
  const query = useQuery(searchQuery(asked));
  return (
    <Loaded query={query} skeleton={<TrackListSkeleton count={8} />}>
      {(found) => {
        const count = found.artists.length + found.albums.length + found.tracks.length;
        return (
          <SearchHighlights value={found.highlights}>
            <p className="visually-hidden" role="status">
              {words.results(count)}
            </p>
            {count === 0 && <Notice icon="search" title={words.none(asked)} text={words.noneHint} />}
            {found.artists.length > 0 && (
              <Shelf title={artists.title}>
                {found.artists.map((artist) => (
                  <ArtistCard key={artist.id} artist={artist} />
                ))}
              </Shelf>
            )}
            {found.albums.length > 0 && (
              <Shelf title={albums.title}>
                {found.albums.map((album) => (
                  <AlbumCard key={album.id} album={album} />
                ))}
              </Shelf>
            )}
            {found.tracks.length > 0 && (
              <section>
                <h2 className="section-title">{tracks.title}</h2>
                <ListedTracks label={tracks.title} tracks={found.tracks} columns={COLUMNS} />
              </section>
            )}
          </SearchHighlights>
        );
      }}
    </Loaded>
  );
}
