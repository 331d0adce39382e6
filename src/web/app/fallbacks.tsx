import { Link } from '@tanstack/react-router';
import { useMessages } from '../messages/use-messages.ts';
import { Notice } from '../parts/notice.tsx';

/** The same as in index.html: nothing moves when the page takes over. */
export function Splash() {
  return (
    <div className="splash" role="status">
      <img className="splash-mark" src="./icon.svg" alt="" width="56" height="56" />
      <span className="visually-hidden">Clef</span>
    </div>
  );
}

/** Of an address that no page has: outside of the shell, which brings navigation and the rest. */
export function UnknownPage() {
  return (
    <main>
      <NotFound />
    </main>
  );
}

export function NotFound() {
  const { states } = useMessages();
  return (
    <Notice icon="search" title={states.notFoundTitle} text={states.notFoundText} isPage>
      <Link to="/" className="button">
        {states.toHome}
      </Link>
    </Notice>
  );
}

export function PageCrash({ reset }: { readonly reset: () => void }) {
  const { actions, states } = useMessages();
  return (
    <Notice icon="warning" title={states.crashTitle} text={states.crashText} isPage>
      <button type="button" className="button" onClick={reset}>
        {actions.retry}
      </button>
    </Notice>
  );
}
