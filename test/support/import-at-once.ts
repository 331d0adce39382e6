import type { ImportedTrack } from '../../src/catalog/index.ts';

/** So many wait together all along, as long as there are tracks. */
export async function importAtOnce(
  tracks: AsyncGenerator<ImportedTrack>,
  atOnce: number,
  importOne: (track: ImportedTrack) => Promise<unknown>,
): Promise<void> {
  const worker = async () => {
    for (;;) {
      const { value, done } = await tracks.next();
      if (done === true) return;
      await importOne(value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
