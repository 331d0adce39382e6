import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import type { Artist } from '../../api/index.ts';
import { artistsQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { CardSkeleton } from '../parts/album-card.tsx';
import { ArtistCard } from '../parts/artist-card.tsx';
import { CardGrid, type CardGridHandle } from '../parts/card-grid.tsx';
import { lettersOf } from '../parts/letters.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

/** Fewer fit on a screen: nobody needs an index of them. */
const MIN_ARTISTS_FOR_INDEX = 30;
const SKELETONS = Array.from({ length: 18 }, (_, index) => index);

export function ArtistsPage() {
  const { artists: words, counts } = useMessages();
  const query = useQuery(artistsQuery);
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="page-facts">{query.data ? counts.artists(query.data.artists.length) : '\u00a0'}</p>
      </header>
      <Loaded
        query={query}
        skeleton={
          <div className="grid">
            {SKELETONS.map((index) => (
              <CardSkeleton key={index} isRound />
            ))}
          </div>
        }
      >
        {({ artists }) =>
          artists.length === 0 ? (
            <Notice icon="artists" title={words.none} />
          ) : (
            <ArtistGrid artists={artists} />
          )
        }
      </Loaded>
    </div>
  );
}

function ArtistGrid({ artists }: { readonly artists: readonly Artist[] }) {
  const { artists: words } = useMessages();
  const grid = useRef<CardGridHandle>(null);
  const letters = useMemo(
    () =>
      lettersOf(
        artists.map(({ name, sortName }) => sortName ?? name),
        '#',
      ),
    [artists],
  );
  return (
    <>
      {artists.length >= MIN_ARTISTS_FOR_INDEX && (
        <nav className="letters" aria-label={words.index}>
          {letters.map(({ letter, index }) => (
            <button
              key={letter}
              type="button"
              className="letter"
              aria-label={letter === '#' ? words.other : letter}
              onClick={() => grid.current?.scrollToCard(index)}
            >
              {letter}
            </button>
          ))}
        </nav>
      )}
      <CardGrid
        ref={grid}
        label={words.title}
        count={artists.length}
        card={(index) => {
          const artist = artists[index];
          return artist && <ArtistCard artist={artist} />;
        }}
      />
    </>
  );
}
