import { useQuery } from '@tanstack/react-query';
import { countsQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PagedTracks } from '../parts/paged-tracks.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayCollection } from '../parts/use-play-collection.ts';

export function TracksPage() {
  const { counts: count, home, tracks: words } = useMessages();
  const counts = useQuery(countsQuery);
  const { playAnything } = usePlayCollection();
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="page-facts">{counts.data ? count.tracks(counts.data.tracks) : '\u00a0'}</p>
        <button type="button" className="button" onClick={() => playAnything()}>
          <Icon name="shuffle" />
          {home.shuffleAll}
        </button>
      </header>
      <Loaded query={counts} skeleton={<TrackListSkeleton count={14} />}>
        {({ tracks }) =>
          tracks === 0 ? (
            <Notice icon="tracks" title={words.none} text={home.emptyText} />
          ) : (
            <PagedTracks label={words.title} count={tracks} />
          )
        }
      </Loaded>
    </div>
  );
}
