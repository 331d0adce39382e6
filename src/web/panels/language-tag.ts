/** Of an ISO 639-2 code, as `lang` takes it (BCP 47: the shortest code); undefined where the language is not known. */
export function languageTag(code: string): string | undefined {
  return /^[a-z]{3}$/.test(code) && code !== 'xxx' ? Intl.getCanonicalLocales(code)[0] : undefined;
}
