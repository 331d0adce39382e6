import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useStore } from '../data/store.ts';
import { useMessages } from '../messages/use-messages.ts';
import { BottomTabs } from './bottom-tabs.tsx';
import { overlay } from './overlays.ts';
import { PlayerSpace } from './player-space.tsx';
import { SideNavigation } from './side-navigation.tsx';
import { ToastRegion } from './toast-region.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const OverlayHost = lazy(async () => ({
  default: (await import('../overlays/overlay-host.tsx')).OverlayHost,
}));

/** What stays while pages change: navigation, player, notices. */
export function Shell() {
  const { nav } = useMessages();
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shownPath = useRef(pathname);
  const opened = useStore(overlay);
  useShortcuts();

  // A screen reader begins to read the new page; whoever types a search stays in the field.
  useEffect(() => {
    if (shownPath.current === pathname) return;
    shownPath.current = pathname;
    if (!(document.activeElement instanceof HTMLInputElement)) main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className="shell">
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        {nav.skip}
      </button>
      <SideNavigation />
      <main ref={main} className="main" tabIndex={-1}>
        <Outlet />
      </main>
      <PlayerSpace />
      <BottomTabs />
      <ToastRegion />
      {opened && (
        <Suspense>
          <OverlayHost overlay={opened} />
        </Suspense>
      )}
    </div>
  );
}
