import { access, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { copyCatalog, Database } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import { openCatalogAt } from '../app/catalog-database.ts';
import { type CatalogPlace, parseCatalog } from '../config/catalog-address.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
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
    .argument('<from>', SYNTAX, place)
    .argument('<to>', 'a place without a catalogue, in the same form', place)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\n\`${FILE}\` is the catalogue in the data folder. ${GOES_ON}` +
        '\n\nExample:\n  clef catalog copy file "mysql://db.example/clef?key=/etc/clef/catalogue.key"',
    )
    .action(
      withShell(async (shell, from: CatalogAt, to: CatalogAt, json: Json) => {
        using data = await openDataFolder({ root: shell.dataRoot, now: shell.now });
        await using source = await openCatalogAt(from.place, data);
        await using target = await openCatalogAt(to.place, data);
        await copy(shell, source, target, json, 'Copied');
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
        await using source = await openCatalogAt(shell.config.catalog, data);
        await using target = await openDump(await made(file));
        await copy(shell, source, target, json, 'Dumped');
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
        await using source = await openDump(await found(file));
        await assertWhole(source, data);
        await using target = await openCatalogAt(shell.config.catalog, data);
        await copy(shell, source, target, json, 'Restored');
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
  done: 'Copied' | 'Dumped' | 'Restored',
): Promise<void> {
  const progress = await showProgress('rows', now);
  let rows: number;
  try {
    rows = await copyCatalog(source, target, { signal, onProgress: (step) => progress.update(step) });
  } finally {
    progress.stop();
  }
  terminal.print(json ? JSON.stringify({ rows }) : `${done} ${formatCount(rows)} rows; each was compared.`);
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

function openDump(file: string): Promise<Database> {
  return Database.open({ file });
}

/** Made where it is not there, for nobody else to read. */
async function made(path: string): Promise<string> {
  const file = resolve(path);
  try {
    await using handle = await open(file, 'a', 0o600);
    // It may have been there, for others to read.
    await handle.chmod(0o600);
  } catch (cause) {
    throw unusable('made', cause);
  }
  return file;
}

/** Opening one that is not there would make one. */
async function found(path: string): Promise<string> {
  const file = resolve(path);
  try {
    await access(file);
  } catch (cause) {
    throw unusable('read', cause);
  }
  return file;
}

function unusable(what: string, cause: unknown): ClefError {
  const { code } = cause as NodeJS.ErrnoException;
  return new ClefError('usage', `the dump cannot be ${what} (${code})`, { cause });
}

/** The library's own row is the last that is written. */
async function assertWhole({ db }: Database, { identity }: DataFolder): Promise<void> {
  const libraries = await db.selectFrom('library').select('id').execute();
  if (libraries.length === 0)
    throw new ClefError(
      'data-invalid',
      'this dump was stopped before its end: run `clef catalog dump` again',
    );
  if (libraries.some(({ id }) => id === identity.libraryId)) return;
  throw new ClefError('data-invalid', 'this dump is of another library than the data folder’s');
}
