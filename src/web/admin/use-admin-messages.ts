import { useMemo } from 'react';
import { adminDe } from '../messages/admin-de.ts';
import { adminEn } from '../messages/admin-en.ts';
import type { Messages } from '../messages/en.ts';
import { useFormats, useLanguage, useMessages } from '../messages/use-messages.ts';

const words = { en: adminEn, de: adminDe };

/** With the words of this page, which come with it: few ever need them. */
export function useAdminMessages(): Messages & ReturnType<typeof adminEn> {
  const messages = useMessages();
  const formats = useFormats();
  const language = useLanguage();
  return useMemo(() => ({ ...messages, ...words[language](formats) }), [messages, formats, language]);
}
