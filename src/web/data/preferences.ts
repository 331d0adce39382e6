import { isLanguage, type Language } from '../messages/language.ts';

export const themes = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof themes)[number];

/** Choices of this browser; undefined language: the browser's own. */
export interface Preferences {
  readonly theme: Theme;
  readonly language: Language | undefined;
}

const KEY = 'clef.preferences';

/** What is stored may be from another release, or edited: whatever is no choice counts as not chosen. */
export function parsePreferences(stored: string | null): Preferences {
  let found: Partial<Record<string, unknown>> = {};
  try {
    const value: unknown = JSON.parse(stored ?? '{}');
    if (typeof value === 'object' && value !== null) found = value;
  } catch {}
  return {
    theme: themes.find((theme) => theme === found.theme) ?? 'system',
    language: isLanguage(found.language) ? found.language : undefined,
  };
}

export interface PreferenceStore {
  readonly current: Preferences;
  change(changes: Partial<Preferences>): void;
  subscribe(listener: () => void): () => void;
}

/** Kept in `storage`; another tab's change arrives too. */
export function createPreferences(storage: Storage, tabs: Pick<Window, 'addEventListener'>): PreferenceStore {
  let current = parsePreferences(storage.getItem(KEY));
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  tabs.addEventListener('storage', (event) => {
    if (event.key !== KEY) return;
    current = parsePreferences(event.newValue);
    tell();
  });
  return {
    get current() {
      return current;
    },
    change(changes) {
      current = { ...current, ...changes };
      storage.setItem(KEY, JSON.stringify(current));
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
