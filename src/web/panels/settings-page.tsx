import { usePreferences } from '../app/preferences-context.ts';
import { type Theme, themes } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { isLanguage, languages } from '../messages/language.ts';
import { useMessages } from '../messages/use-messages.ts';
import { usePageTitle } from '../parts/use-page-title.ts';
import { AppPasswords } from './app-passwords.tsx';
import { PasswordForm } from './password-form.tsx';
import { PlaybackSettings } from './playback-settings.tsx';
import { SelectField } from './select-field.tsx';

export function SettingsPage() {
  const { settings: words } = useMessages();
  usePageTitle(words.title);
  return (
    <div className="page page-narrow">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
      </header>
      <Appearance />
      <PlaybackSettings />
      <AppPasswords />
      <PasswordForm />
    </div>
  );
}

function Appearance() {
  const { settings: words } = useMessages();
  const preferences = usePreferences();
  const { language, theme } = useStore(preferences);
  return (
    <section className="panel" aria-labelledby="appearance">
      <h2 id="appearance" className="panel-title">
        {words.appearance}
      </h2>
      <SelectField
        label={words.language}
        value={language ?? ''}
        options={[['', words.browserLanguage], ...languages.map((name) => [name, ownName(name)] as const)]}
        onChange={(chosen) => preferences.change({ language: isLanguage(chosen) ? chosen : undefined })}
      />
      <SelectField<Theme>
        label={words.theme}
        value={theme}
        options={themes.map((name) => [name, words.themes[name]])}
        onChange={(chosen) => preferences.change({ theme: chosen })}
      />
    </section>
  );
}

/** As its speakers call it. */
function ownName(language: string): string {
  return new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
}
