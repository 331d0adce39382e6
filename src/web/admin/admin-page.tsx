import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sessionQuery } from '../data/queries.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { ImportPanel } from './import-panel.tsx';
import { PeoplePanel } from './people-panel.tsx';
import { VaultPanel } from './vault-panel.tsx';
import { useAdminMessages } from './use-admin-messages.ts';

/** What an administrator looks after. The server refuses everybody else by itself; here they are told. */
export function AdminPage() {
  const { nav } = useAdminMessages();
  const session = useQuery(sessionQuery);
  usePageTitle(nav.administration);
  return (
    <div className="page">
      <header className="page-head">
        <h1 className="page-title">{nav.administration}</h1>
      </header>
      <Loaded query={session} skeleton={<span className="panel skeleton admin-skeleton" />}>
        {({ account }) =>
          account.role === 'admin' ? (
            <div className="admin">
              <div>
                <ImportPanel />
                <PeoplePanel ownId={account.id} />
              </div>
              <VaultPanel />
            </div>
          ) : (
            <Refusal />
          )
        }
      </Loaded>
    </div>
  );
}

function Refusal() {
  const { admin: words, states } = useAdminMessages();
  return (
    <Notice icon="shield" title={words.refusedTitle} text={words.refusedText}>
      <Link to="/" className="button">
        {states.toHome}
      </Link>
    </Notice>
  );
}
