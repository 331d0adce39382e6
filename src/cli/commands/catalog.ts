import { Command } from 'commander';
import { copyCatalog, type Database, leaveLog } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import { openCatalogAt, openOwnCatalogAt } from '../app/catalog-database.ts';
import { openDump, openNewDump } from '../app/dump-file.ts';
import { type CatalogPlace, parseCatalog } from '../config/catalog-address.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Shell, WithShell } from '../shell.ts';
import { formatCount } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import { shardsCommand } from './shards.ts';

const FILE = 'file';
const SYNTAX = `\`${FILE}\`, or mysql://HOST[:PORT][,HOST[:PORT]…]/DATABASE?key=FILE[&ca=FILE][&tls=off]`;
const GOES_ON = 'One that was stopped goes on when it is run again.';
const JSON_OPTION = ['--json', 'as JSON'] as const;

interface Json {
  readonly json?: true;
}

export function catalogCommand(withShell: WithShell): Command {
  const catalog = new Command('catalog').description(
    'The catalogue: where it lies, its dumps, and its shards.',
  );
  catalog
    .command('copy')
    .description(
      'Copy the catalogue from one place to another, and compare both. The server must be stopped.',
    )
    .argument('<from>', SYNTAX)
    .argument('<to>', 'a place without a catalogue, in the same form')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\n\`${FILE}\` is the catalogue in the data folder. ${GOES_ON}` +
        '\n\nExample:\n  clef catalog copy file "mysql://db.example/clef?key=/etc/clef/catalogue.key"',
    )
    .action(
      withShell(async (shell, fromText: string, toText: string, json: Json) => {
        const [from, to] = [placeOf(fromText, 'FROM'), placeOf(toText, 'TO')];
        using data = await openDataFolder({ root: shell.dataRoot, now: shell.now });
        await using source = await openCatalogAt(from.place, data);
        await using target = await openCatalogAt(to.place, data);
        await copy(shell, source, target, json, { said: 'Copied' });
        if (json.json) return;
        shell.terminal.say(
          to.place
            ? 'From now on start Clef with CLEF_CATALOG set to that address. The catalogue it was copied from is left as it is, and grows old.'
            : 'From now on start Clef without CLEF_CATALOG. The catalogue it was copied from is left as it is, and grows old.',
        );
      }),
    );
  catalog
    .command('dump')
    .description(
      'Write the catalogue into one file, row by row, and compare both. The server must be stopped.',
    )
    .argument('<dump>', 'a file that is not there yet: an SQLite database with the tables of the catalogue')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nThe catalogue is where CLEF_CATALOG says, otherwise in the data folder. ${GOES_ON}` +
        '\nKeep a dump as you keep the data folder: it holds names, playlists and hashes of passwords in the clear.',
    )
    .action(
      withShell(async (shell, file: string, json: Json) => {
        using data = await openDataFolder({ root: shell.dataRoot, now: shell.now });
        await using source = await openOwnCatalogAt(shell.config.catalog, data);
        await using target = await openNewDump(file);
        // A dump is one file, also for whoever copies it at once.
        await copy(shell, source, target, json, { said: 'Dumped', finish: () => leaveLog(target) });
      }),
    );
  catalog
    .command('restore')
    .description(
      'Read a dump into a place without a catalogue, and compare both. The server must be stopped.',
    )
    .argument('<dump>', 'a file that `clef catalog dump` wrote')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nThe place is where CLEF_CATALOG says, otherwise the data folder, whose own catalogue has to be out of the way. ${GOES_ON}`,
    )
    .action(
      withShell(async (shell, file: string, json: Json) => {
        using data = await openDataFolder({ root: shell.dataRoot, now: shell.now });
        await using source = await openDump(file, data);
        await using target = await openCatalogAt(shell.config.catalog, data);
        await copy(shell, source, target, json, { said: 'Restored' });
      }),
    );
  catalog.addCommand(shardsCommand(withShell));
  return catalog;
}

async function copy(
  { terminal, signal, now }: Shell,
  source: Database,
  target: Database,
  { json }: Json,
  { said, finish }: { readonly said: string; readonly finish?: () => Promise<void> },
): Promise<void> {
  const progress = await showProgress('rows', now);
  let rows: number;
  try {
    rows = await copyCatalog(source, target, { signal, onProgress: (step) => progress.update(step) });
    await finish?.();
  } finally {
    progress.stop();
  }
  terminal.print(json ? JSON.stringify({ rows }) : `${said} ${formatCount(rows)} rows; each was compared.`);
}

interface CatalogAt {
  /** Undefined: in the data folder. */
  readonly place: CatalogPlace | undefined;
}

/** Not for commander to parse: it repeats what it refuses, which may hold a password. */
function placeOf(text: string, name: string): CatalogAt {
  if (text === FILE) return { place: undefined };
  const place = parseCatalog(text);
  if (!place) throw new ClefError('usage', `${name} must be ${SYNTAX}`);
  return { place };
}
