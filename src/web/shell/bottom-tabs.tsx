import { Link } from '@tanstack/react-router';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { tabDestinations } from './navigation.ts';
import { openOverlay } from './overlays.ts';

/** The navigation of a phone. */
export function BottomTabs() {
  const messages = useMessages();
  return (
    <nav className="tabs" aria-label={messages.nav.label}>
      {tabDestinations.map(({ to, icon, label }) => (
        <Link key={to} to={to} className="tab" activeOptions={{ exact: to === '/' }}>
          <Icon name={icon} />
          <span>{label(messages)}</span>
        </Link>
      ))}
      <button
        type="button"
        className="tab"
        aria-haspopup="dialog"
        onClick={() => openOverlay({ kind: 'more' })}
      >
        <Icon name="more" />
        <span>{messages.nav.more}</span>
      </button>
    </nav>
  );
}
