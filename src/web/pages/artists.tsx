import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import type { RouteAnswer, routes } from '../../api/index.ts';
import { ARTISTS_PAGE, artistLettersQuery, artistPageQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { CardSkeleton } from '../parts/album-card.tsx';
import { ArtistCard } from '../parts/artist-card.tsx';
import { CardGrid, type CardGridHandle } from '../parts/card-grid.tsx';
import { Loaded, LoadingFailed } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePages } from '../parts/use-pages.ts';

/** Fewer fit on a screen: nobody needs an index of them. */
const MIN_ARTISTS_FOR_INDEX = 30;
const SKELETONS = Array.from({ length: 18 }, (_, index) => index);

export function ArtistsPage() {
  const { artists: words, counts } = useMessages();
  const query = useQuery(artistLettersQuery);
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="page-facts">{query.data ? counts.artists(query.data.count) : '\u00a0'}</p>
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
        {({ count, letters }) =>
          count === 0 ? (
            <Notice icon="artists" title={words.none} />
          ) : (
            <ArtistGrid count={count} letters={letters} />
          )
        }
      </Loaded>
    </div>
  );
}

function ArtistGrid({ count, letters }: RouteAnswer<typeof routes.artistLetters>) {
  const { artists: words } = useMessages();
  const grid = useRef<CardGridHandle>(null);
  const { itemAt, onShown, failed } = usePages(ARTISTS_PAGE, artistPageQuery);
  if (failed) return <LoadingFailed {...failed} />;
  return (
    <>
      {count >= MIN_ARTISTS_FOR_INDEX && (
        <nav className="letters" aria-label={words.index}>
          {letters.map(({ letter, offset }) => (
            <button
              key={letter}
              type="button"
              className="letter"
              aria-label={letter || words.other}
              onClick={() => grid.current?.scrollToCard(offset)}
            >
              {letter || '#'}
            </button>
          ))}
        </nav>
      )}
      <CardGrid
        ref={grid}
        label={words.title}
        count={count}
        card={(index) => {
          const artist = itemAt(index);
          return artist ? <ArtistCard artist={artist} /> : <CardSkeleton isRound />;
        }}
        onShown={onShown}
      />
    </>
  );
}
