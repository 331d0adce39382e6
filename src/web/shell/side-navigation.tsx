import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sessionQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import {
  type Destination,
  destinationsFor,
  homeDestinations,
  libraryDestinations,
  ownDestinations,
  systemDestinations,
} from './navigation.ts';
import { useSignOut } from './use-sign-out.ts';

export function SideNavigation() {
  const messages = useMessages();
  const { data: session } = useQuery(sessionQuery);
  const signOut = useSignOut();
  return (
    <nav className="side" aria-label={messages.nav.label}>
      <Link to="/" className="brand">
        <img src="./icon.svg" alt="" width="32" height="32" />
        <span className="brand-name">Clef</span>
      </Link>
      <DestinationList destinations={homeDestinations} />
      <DestinationList heading={messages.nav.library} destinations={libraryDestinations} />
      <DestinationList
        heading={messages.nav.yourMusic}
        destinations={destinationsFor(ownDestinations, session)}
      />
      <DestinationList destinations={destinationsFor(systemDestinations, session)} />
      {session && (
        <div className="side-account">
          <span className="side-account-name" title={messages.nav.account(session.account.name)}>
            {session.account.name}
          </span>
          <button type="button" className="icon-button" aria-label={messages.nav.signOut} onClick={signOut}>
            <Icon name="signOut" />
          </button>
        </div>
      )}
    </nav>
  );
}

interface DestinationListProps {
  readonly heading?: string;
  readonly destinations: readonly Destination[];
}

function DestinationList({ heading, destinations }: DestinationListProps) {
  const messages = useMessages();
  if (destinations.length === 0) return null;
  return (
    <div className="side-group">
      {heading && <h2 className="side-heading">{heading}</h2>}
      <ul className="side-list">
        {destinations.map(({ to, icon, label }) => (
          <li key={to}>
            <Link to={to} className="side-link" activeOptions={{ exact: to === '/' }} title={label(messages)}>
              <Icon name={icon} />
              <span className="side-label">{label(messages)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
