import { createContext, use } from 'react';
import type { Messages } from './en.ts';
import type { Formats } from './formats.ts';
import type { Language, Wording } from './language.ts';

export const WordingContext = createContext<Wording | undefined>(undefined);

function useWording(): Wording {
  const wording = use(WordingContext);
  if (!wording) throw new Error('no WordingContext above');
  return wording;
}

export function useMessages(): Messages {
  return useWording().messages;
}

export function useLanguage(): Language {
  return useWording().language;
}

export function useFormats(): Formats {
  return useWording().formats;
}
