import { useRouter } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';

/** What lies over the page, the topmost last. */
const layers: symbol[] = [];

/** Absent in some browsers (HTML standard, section 6.5.2). */
interface CloseWatcher extends EventTarget {
  destroy(): void;
}

/**
 * "Back" takes away what lies over the page, and stays on the page: as people know it from their phones. Where the
 * page is the first of its window there is no way back to hold up, and the system's own gesture is listened for.
 */
export function useLayer(onClose: () => void): void {
  const { history } = useRouter();
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const layer = Symbol('layer');
    layers.push(layer);
    const unblock = history.block({
      enableBeforeUnload: false,
      blockerFn: ({ action }) => {
        const isAsked = action === 'BACK' && layers.at(-1) === layer;
        if (isAsked) close();
        return isAsked;
      },
    });
    const { CloseWatcher } = globalThis as { CloseWatcher?: new () => CloseWatcher };
    const watcher = CloseWatcher && new CloseWatcher();
    watcher?.addEventListener('close', () => close());
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      unblock();
      watcher?.destroy();
    };
  }, [history]);
}
