import { useCallback, useSyncExternalStore } from 'react';
import { useStore } from '../data/store.ts';
import { type SessionHere, sessionHere } from '../session/here.ts';

/** The session of this page, shown anew whenever it changes. */
export function useSession(): SessionHere | undefined {
  const here = useStore(sessionHere);
  const subscribe = useCallback(
    (listener: () => void) => here?.client.subscribe(listener) ?? (() => undefined),
    [here],
  );
  useSyncExternalStore(subscribe, () => here?.client.revision);
  return here;
}
