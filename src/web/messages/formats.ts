/** How one language writes numbers, dates and durations. */
export interface Formats {
  readonly language: string;
  readonly number: (value: number) => string;
  /** `42 %` or `42%`, of 0 to 1. */
  readonly percent: (fraction: number) => string;
  readonly date: (atMs: number) => string;
  /** A date and the time of day. */
  readonly moment: (atMs: number) => string;
  readonly list: (items: readonly string[]) => string;
  /** `38.2 MB`: a size, in powers of ten as disks are sold. */
  readonly bytes: (bytes: number) => string;
  /** `3:07`, `1:02:45`: a place in a track. */
  readonly clock: (durationMs: number) => string;
  /** `48 min`, `3 hr 12 min`: how long a collection takes. */
  readonly duration: (durationMs: number) => string;
  /** The form for a count, with `#` for the number itself. */
  readonly plural: (count: number, forms: PluralForms) => string;
}

export interface PluralForms {
  readonly one: string;
  readonly other: string;
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export function createFormats(language: string): Formats {
  const numbers = new Intl.NumberFormat(language);
  const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const moments = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const lists = new Intl.ListFormat(language, { type: 'conjunction' });
  const rules = new Intl.PluralRules(language);
  const hours = new Intl.NumberFormat(language, { style: 'unit', unit: 'hour', unitDisplay: 'short' });
  const minutes = new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'short' });
  const seconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'short' });
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });

  return {
    language,
    number: (value) => numbers.format(value),
    percent: (fraction) => percents.format(fraction),
    date: (atMs) => dates.format(atMs),
    moment: (atMs) => moments.format(atMs),
    list: (items) => lists.format(items),
    bytes(bytes) {
      const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: BYTE_UNITS[power] ?? 'byte',
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumSignificantDigits: 3,
      }).format(bytes / 1000 ** power);
    },
    clock(durationMs) {
      const wholeSeconds = Math.max(0, Math.floor(durationMs / 1000));
      const second = String(wholeSeconds % 60).padStart(2, '0');
      const minute = Math.floor(wholeSeconds / 60) % 60;
      const hour = Math.floor(wholeSeconds / 3600);
      return hour > 0 ? `${hour}:${String(minute).padStart(2, '0')}:${second}` : `${minute}:${second}`;
    },
    duration(durationMs) {
      if (durationMs < MINUTE_MS) return seconds.format(Math.round(durationMs / 1000));
      if (durationMs < HOUR_MS) return minutes.format(Math.round(durationMs / MINUTE_MS));
      const hour = Math.floor(durationMs / HOUR_MS);
      const minute = Math.floor((durationMs % HOUR_MS) / MINUTE_MS);
      return minute > 0 ? `${hours.format(hour)} ${minutes.format(minute)}` : hours.format(hour);
    },
    plural(count, forms) {
      const form = rules.select(count) === 'one' ? forms.one : forms.other;
      return form.replaceAll('#', numbers.format(count));
    },
  };
}
