import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { CSSProperties } from 'react';
import { genresQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { hueOf } from '../parts/hue.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

const SKELETONS = Array.from({ length: 12 }, (_, index) => index);

export function GenresPage() {
  const { counts, genres: words } = useMessages();
  const query = useQuery(genresQuery);
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
      </header>
      <Loaded
        query={query}
        skeleton={
          <div className="tiles">
            {SKELETONS.map((index) => (
              <span key={index} className="tile skeleton" />
            ))}
          </div>
        }
      >
        {({ genres }) =>
          genres.length === 0 ? (
            <Notice icon="genres" title={words.none} text={words.noneHint} />
          ) : (
            <ul className="tiles">
              {genres.map(({ name, albumCount, trackCount }) => (
                <li key={name}>
                  <Link
                    to="/genres/$genre"
                    params={{ genre: name }}
                    className="tile"
                    style={{ '--hue': hueOf(name) } as CSSProperties}
                  >
                    <span className="tile-name" dir="auto">
                      {name}
                    </span>
                    <span className="tile-facts">
                      {counts.albums(albumCount)} · {counts.tracks(trackCount)}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}
