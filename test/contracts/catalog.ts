import { describe } from 'vitest';
import { describeAlbumsAndArtists } from './catalog/albums-and-artists.ts';
import { describeChangeStream } from './catalog/change-stream.ts';
import { describeExchanges } from './catalog/exchanges.ts';
import type { CatalogFactory } from './catalog/harness.ts';
import { describeCompanions } from './catalog/companions.ts';
import { describeListeners } from './catalog/listeners.ts';
import { describeLists } from './catalog/lists.ts';
import { describeMaintenance } from './catalog/maintenance.ts';
import { describeSourceFiles } from './catalog/source-files.ts';

export type { CatalogFactory, CatalogHarness, CatalogUnderTest } from './catalog/harness.ts';

/** Every sentence of the catalogue's ports, as a test. */
export function describeCatalog(name: string, factory: CatalogFactory): void {
  describe(`${name} as a catalogue`, () => {
    describeAlbumsAndArtists(factory);
    describeLists(factory);
    describeListeners(factory);
    describeSourceFiles(factory);
    describeMaintenance(factory);
    describeCompanions(factory);
    describeExchanges(factory);
    describeChangeStream(factory);
  });
}
