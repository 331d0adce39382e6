import { createContext, use } from 'react';
import type { PreferenceStore } from '../data/preferences.ts';

export const PreferencesContext = createContext<PreferenceStore | undefined>(undefined);

export function usePreferences(): PreferenceStore {
  const preferences = use(PreferencesContext);
  if (!preferences) throw new Error('no PreferencesContext above');
  return preferences;
}
