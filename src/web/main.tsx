// oxlint-disable-next-line import/no-unassigned-import
import './style/index.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { createDoor } from './app/door.ts';
import { createAppRouter } from './app/routes.tsx';
import { accountHere } from './data/known-account.ts';
import { createPreferences } from './data/preferences.ts';
import { createQueryClient } from './data/query-client.ts';
import { chooseLanguage, loadWording } from './messages/language.ts';
import { WordingContext } from './messages/use-messages.ts';
import { connectEngine } from './player/connect-engine.ts';
import { loadPlayerSettings } from './player/player-settings.ts';
import { once } from './player/once.ts';
import { createPlayer } from './player/player.ts';
import { createSwitchingPlayer } from './player/switching-player.ts';
import { TrackLengths } from './player/track-lengths.ts';

const preferences = createPreferences(localStorage, window);
document.documentElement.dataset.theme = preferences.current.theme;
const wording = await loadWording(
  preferences.current.language ?? chooseLanguage(navigator.languages),
  navigator.languages,
);
document.documentElement.lang = wording.language;

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root');
const root = createRoot(container);

if (isSecureContext) {
  const door = createDoor({
    queryClient: () => queryClient,
    router: () => router,
    player: () => player,
  });
  const queryClient = createQueryClient(door.askToSignIn);
  const router = createAppRouter(queryClient);
  // Comes while the server is asked who this is, and not after.
  if (router.state.location.pathname === '/') void import('./pages/home.tsx');
  const newBeginning = () => {
    const lengths = new TrackLengths();
    const connect = once(async () => connectEngine(await accountHere(queryClient), lengths));
    return {
      connect,
      lengths,
      local: createPlayer({ connect, random: Math.random, ...loadPlayerSettings(localStorage) }),
    };
  };
  const beginning = newBeginning();
  const player = createSwitchingPlayer(beginning.local);
  const showUploads = () => void router.navigate({ to: '/add' });
  root.render(
    <App
      queryClient={queryClient}
      router={router}
      player={player}
      preferences={preferences}
      wording={wording}
    />,
  );
  void import('./app/background.ts').then(({ startBackground }) =>
    startBackground({ queryClient, player, beginning, newBeginning, wording, door, showUploads }),
  );
} else {
  const { InsecurePage } = await import('./pages/insecure.tsx');
  root.render(
    <WordingContext value={wording}>
      <InsecurePage />
    </WordingContext>,
  );
}
