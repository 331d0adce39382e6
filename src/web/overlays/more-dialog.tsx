import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sessionQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import {
  destinationsFor,
  libraryDestinations,
  ownDestinations,
  systemDestinations,
  tabDestinations,
} from '../shell/navigation.ts';
import { useSignOut } from '../shell/use-sign-out.ts';
import { DialogFrame } from './dialog-frame.tsx';

/** What the bar at the bottom of a phone has no room for. */
export function MoreDialog({ onClose }: { readonly onClose: () => void }) {
  const messages = useMessages();
  const { data: session } = useQuery(sessionQuery);
  const signOut = useSignOut();
  const all = [...libraryDestinations, ...ownDestinations, ...systemDestinations];
  const rest = destinationsFor(all, session).filter((destination) => !tabDestinations.includes(destination));
  return (
    <DialogFrame title={messages.nav.more} onClose={onClose}>
      <ul className="line-list">
        {rest.map(({ to, icon, label }) => (
          <li key={to}>
            <Link to={to} className="line" onClick={onClose}>
              <Icon name={icon} />
              <span className="line-title">{label(messages)}</span>
            </Link>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="line line-button"
            onClick={() => {
              onClose();
              signOut();
            }}
          >
            <Icon name="signOut" />
            <span className="line-title">{messages.nav.signOut}</span>
          </button>
        </li>
      </ul>
    </DialogFrame>
  );
}
