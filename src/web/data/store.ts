import { useSyncExternalStore } from 'react';

/** One value that many parts show: the smallest thing that React can subscribe to. */
export interface Store<Value> {
  readonly current: Value;
  set(value: Value): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get current() {
      return current;
    },
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<Value>(store: Pick<Store<Value>, 'current' | 'subscribe'>): Value {
  return useSyncExternalStore(store.subscribe, () => store.current);
}
