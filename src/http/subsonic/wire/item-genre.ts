/** https://opensubsonic.netlify.app/docs/responses/itemgenre/ */
export type ItemGenre = { readonly name: string };

export function itemGenres(names: readonly string[]): readonly ItemGenre[] {
  return names.map((name) => ({ name }));
}
