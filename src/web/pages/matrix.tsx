import { useQuery, useQueryClient } from '@tanstack/react-query';
import { libraryMatrixQuery, useVaultEvents } from '../data/matrix-queries.ts';
import { Legend } from '../matrix/legend.tsx';
import { LibraryTable } from '../matrix/library-table.tsx';
import { NodeList } from '../matrix/node-list.tsx';
import { useMessages } from '../messages/use-messages.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';

/** How the library is kept: what Clef is, on one page. */
export function MatrixPage() {
  const { matrix: words } = useMessages();
  const query = useQuery(libraryMatrixQuery);
  useVaultEvents(useQueryClient());
  usePageTitle(words.title);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="matrix-lead">{words.lead}</p>
      </header>
      <Loaded query={query} skeleton={<span className="matrix-skeleton skeleton" />}>
        {({ policy, nodes, assets }) => (
          <>
            <NodeList nodes={nodes} />
            <p className="matrix-small">{words.policy(policy.k, policy.m)}</p>
            {assets.length === 0 ? (
              <Notice icon="matrix" title={words.none} text={words.noneHint} />
            ) : (
              <>
                <h2 className="section-title">{words.libraryTitle}</h2>
                <p className="page-facts">{words.libraryHint}</p>
                <Legend />
                <LibraryTable nodes={nodes} assets={assets} />
              </>
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
