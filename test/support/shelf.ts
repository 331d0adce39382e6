import type { Shelf } from '../../src/web/session/instance.ts';

/** A storage of a browser, in memory. */
export function newShelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
