import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { PreferenceStore } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { chooseLanguage, loadWording, type Wording } from '../messages/language.ts';
import { WordingContext } from '../messages/use-messages.ts';
import type { Player } from '../player/player.ts';
import { PlayerContext } from '../player/use-player.ts';
import { PreferencesContext } from './preferences-context.ts';
import type { createAppRouter } from './routes.tsx';

export interface AppProps {
  readonly queryClient: QueryClient;
  readonly router: ReturnType<typeof createAppRouter>;
  readonly player: Player;
  readonly preferences: PreferenceStore;
  /** Of the language that the page begins in. */
  readonly wording: Wording;
}

export function App({ queryClient, router, player, preferences, wording: first }: AppProps) {
  const { language: chosen, theme } = useStore(preferences);
  const [wording, setWording] = useState(first);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const language = chosen ?? chooseLanguage(navigator.languages);
    if (language !== wording.language) void loadWording(language, navigator.languages).then(setWording);
    document.documentElement.lang = wording.language;
  }, [chosen, wording]);

  return (
    <PreferencesContext value={preferences}>
      <WordingContext value={wording}>
        <QueryClientProvider client={queryClient}>
          <PlayerContext value={player}>
            <RouterProvider router={router} />
          </PlayerContext>
        </QueryClientProvider>
      </WordingContext>
    </PreferencesContext>
  );
}
