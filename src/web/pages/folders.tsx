import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { folderQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { ListedTracks } from '../parts/listed-tracks.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { TrackListSkeleton } from '../parts/track-list.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

const route = getRouteApi('/shell/folders');
const COLUMNS = { cover: true, album: true } as const;

export function FoldersPage() {
  const { folders: words, tracks } = useMessages();
  const { path = '' } = route.useSearch();
  const query = useQuery(folderQuery(path));
  const here = query.data?.parents.at(-1)?.name;
  usePageTitle(here ?? words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title" dir="auto">
          {here ?? words.title}
        </h1>
      </header>
      <Loaded query={query} skeleton={<TrackListSkeleton count={8} />}>
        {({ parents, folders, tracks: own }) => (
          <>
            {parents.length > 0 && (
              <nav aria-label={words.path}>
                <ol className="crumbs">
                  <li>
                    <Link to="/folders">{words.title}</Link>
                  </li>
                  {parents.map((parent) => (
                    <li key={parent.path}>
                      <Icon name="chevronRight" />
                      <Link
                        to="/folders"
                        search={{ path: parent.path }}
                        aria-current={parent.path === path ? 'page' : undefined}
                      >
                        {parent.name}
                      </Link>
                    </li>
                  ))}
                </ol>
              </nav>
            )}
            {folders.length === 0 && own.length === 0 && <Notice icon="folders" title={words.empty} />}
            <ul className="line-list">
              {folders.map((folder) => (
                <li key={folder.path}>
                  <Link to="/folders" search={{ path: folder.path }} className="line">
                    <Icon name="folders" />
                    <span className="line-text">
                      <span className="line-title" dir="auto">
                        {folder.name}
                      </span>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
            {own.length > 0 && <ListedTracks label={tracks.title} tracks={own} columns={COLUMNS} />}
          </>
        )}
      </Loaded>
    </div>
  );
}
