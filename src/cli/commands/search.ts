import { Command, InvalidArgumentError } from 'commander';
import { type FoundItem, searchLibrary } from '../operations/search.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatTable, printable } from '../terminal/format.ts';

const DEFAULT_COUNT = 10;
const MOST_ITEMS = 500;

export function searchCommand(withShell: WithShell): Command {
  return new Command('search')
    .description(
      'Find artists, albums and tracks, as a player would. It asks the search index, and no database.',
    )
    .argument(
      '<words...>',
      'words, or beginnings of them, of title, artist and album; a slip of the finger is forgiven',
    )
    .option('--count <number>', `of each kind, up to ${MOST_ITEMS}`, count, DEFAULT_COUNT)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  clef search abbey road beatles')
    .action(
      withShell(
        async (shell, words: readonly string[], { count: most, json }: { count: number; json?: true }) => {
          const found = await perform(shell, searchLibrary, { text: words.join(' '), count: most });
          if (json) {
            shell.terminal.print(JSON.stringify(found, null, 2));
            return;
          }
          const { artists, albums, tracks } = found;
          const tables = [
            tableOf(['artist', 'id'], artists, ({ title, id }) => [title, id]),
            tableOf(['album', 'by', 'id'], albums, ({ title, artist, id }) => [title, artist, id]),
            tableOf(['track', 'by', 'on', 'length', 'id'], tracks, (track) => [
              track.title,
              track.artist,
              track.album,
              lengthOf(track),
              track.id,
            ]),
          ].filter((table) => table !== undefined);
          if (tables.length > 0) shell.terminal.print(tables.join('\n\n'));
          else shell.terminal.say('Nothing found.');
        },
      ),
    );
}

function tableOf(
  header: readonly string[],
  items: readonly FoundItem[],
  row: (item: FoundItem) => readonly string[],
): string | undefined {
  if (items.length === 0) return undefined;
  return formatTable(
    header,
    items.map((item) => row(item).map(printable)),
  );
}

/** 213_000 -> "3:33". */
function lengthOf({ durationMs }: FoundItem): string {
  if (durationMs === undefined) return '';
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_ITEMS) return value;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_ITEMS}.`);
}
