/** https://opensubsonic.netlify.app/docs/responses/itemdate/ */
export type ItemDate = {
  readonly year?: number | undefined;
  readonly month?: number | undefined;
  readonly day?: number | undefined;
};

const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?/;

/** From a tag's `2001`, `2001-03` or `2001-03-10`; empty for anything else, as for a date that is not known. */
export function itemDate(text: string | undefined): ItemDate {
  const match = text === undefined ? null : DATE.exec(text);
  if (!match) return {};
  const [, year, month, day] = match;
  const monthNumber = within(month, 12);
  return {
    year: Number(year),
    month: monthNumber,
    day: monthNumber === undefined ? undefined : within(day, 31),
  };
}

function within(digits: string | undefined, max: number): number | undefined {
  const value = Number(digits);
  return value >= 1 && value <= max ? value : undefined;
}
