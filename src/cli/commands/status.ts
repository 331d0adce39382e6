import { Command } from 'commander';
import { showStatus } from '../operations/status.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatTable, plural, printable } from '../terminal/format.ts';

export function statusCommand(withShell: WithShell): Command {
  return new Command('status')
    .description('What the library holds, and how its storage is.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: { json?: true }) => {
        const status = await perform(shell, showStatus, {});
        if (json) {
          shell.terminal.print(JSON.stringify(status, null, 2));
          return;
        }
        const { tracks, albums, artists, people, sources, importing, nodes, policy, reminders } = status;
        shell.terminal.print(
          [
            `${plural(tracks, 'track')}, ${plural(albums, 'album')}, ${plural(artists, 'artist')}, ${plural(people, 'person', 'people')}.${importing ? ' An import is running.' : ''}`,
            ...sources.map((root) => `Music from ${printable(root)}`),
            '',
            `Policy ${policy} over`,
            formatTable(
              ['node', 'state'],
              nodes.map(({ place, state }) => [printable(place), state]),
            ),
          ].join('\n'),
        );
        for (const reminder of reminders) shell.terminal.say(reminder);
      }),
    );
}
