import { Command, InvalidArgumentError } from 'commander';
import { copyCatalog } from '../../catalog/sql/index.ts';
import { openCatalogAt } from '../app/catalog-database.ts';
import { type CatalogPlace, parseCatalog } from '../config/catalog-address.ts';
import { openDataFolder } from '../data-folder.ts';
import type { WithShell } from '../shell.ts';
import { formatCount } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import { shardsCommand } from './shards.ts';

const FILE = 'file';
const SYNTAX = `\`${FILE}\`, or mysql://HOST[:PORT][,HOST[:PORT]…]/DATABASE?key=FILE[&ca=FILE][&tls=off]`;

export function catalogCommand(withShell: WithShell): Command {
  const catalog = new Command('catalog').description('The catalogue: where it lies.');
  catalog
    .command('copy')
    .description(
      'Copy the catalogue from one place to another, and compare both. The server must be stopped.',
    )
    .argument('<from>', SYNTAX, place)
    .argument('<to>', 'a place without a catalogue, in the same form', place)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `\n\`${FILE}\` is the catalogue in the data folder. A copy that was stopped goes on when it is run again.` +
        '\n\nExample:\n  clef catalog copy file "mysql://db.example/clef?key=/etc/clef/catalogue.key"',
    )
    .action(
      withShell(async (shell, from: CatalogAt, to: CatalogAt, { json }: { json?: true }) => {
        using data = await openDataFolder({ root: shell.dataRoot, now: shell.now });
        await using source = await openCatalogAt(from.place, data);
        await using target = await openCatalogAt(to.place, data);
        const progress = await showProgress('rows', shell.now);
        let rows: number;
        try {
          rows = await copyCatalog(source, target, {
            signal: shell.signal,
            onProgress: (step) => progress.update(step),
          });
        } finally {
          progress.stop();
        }
        if (json) {
          shell.terminal.print(JSON.stringify({ rows }));
          return;
        }
        shell.terminal.print(`Copied ${formatCount(rows)} rows; each was compared.`);
        shell.terminal.say(
          to.place
            ? 'From now on start Clef with CLEF_CATALOG set to that address. The catalogue it was copied from is left as it is, and grows old.'
            : 'From now on start Clef without CLEF_CATALOG. The catalogue it was copied from is left as it is, and grows old.',
        );
      }),
    );
  catalog.addCommand(shardsCommand(withShell));
  return catalog;
}

interface CatalogAt {
  /** Undefined: in the data folder. */
  readonly place: CatalogPlace | undefined;
}

function place(value: string): CatalogAt {
  if (value === FILE) return { place: undefined };
  const parsed = parseCatalog(value);
  if (!parsed) throw new InvalidArgumentError(`It must be ${SYNTAX}.`);
  return { place: parsed };
}
