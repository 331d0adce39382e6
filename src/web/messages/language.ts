import { en, type Messages } from './en.ts';
import { createFormats, type Formats } from './formats.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** A language's words, and how it writes figures. */
export interface Wording {
  readonly language: Language;
  readonly messages: Messages;
  readonly formats: Formats;
}

export function isLanguage(text: unknown): text is Language {
  return languages.some((language) => language === text);
}

/** The first of the wanted languages that there is; regional forms count. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language] = tag.toLowerCase().split('-');
    if (isLanguage(language)) return language;
  }
  return 'en';
}

/** English is at hand; others are loaded when they are chosen. Figures follow the wanted region. */
export async function loadWording(language: Language, wanted: readonly string[] = []): Promise<Wording> {
  const region = wanted.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
  const formats = createFormats(region);
  const words = language === 'de' ? (await import('./de.ts')).de : en;
  return { language, messages: words(formats), formats };
}
