import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../parts/loaded.tsx';
import { AddPerson } from './add-person.tsx';
import { Person } from './person.tsx';
import { accountsQuery } from './queries.ts';
import { useAdminMessages } from './use-admin-messages.ts';

const SKELETONS = [0, 1, 2];

/** Who may listen here. */
export function PeoplePanel({ ownId }: { readonly ownId: string }) {
  const {
    admin: { people: words },
  } = useAdminMessages();
  const query = useQuery(accountsQuery);
  return (
    <section className="panel" aria-labelledby="people">
      <h2 id="people" className="panel-title">
        {words.title}
      </h2>
      <Loaded
        query={query}
        skeleton={SKELETONS.map((index) => <span key={index} className="line skeleton person-skeleton" />)}
      >
        {({ accounts }) => (
          <ul className="people">
            {accounts.map((account) => (
              <Person key={account.id} account={account} isSelf={account.id === ownId} />
            ))}
          </ul>
        )}
      </Loaded>
      <AddPerson />
    </section>
  );
}
