import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { removeTrack } from '../operations/track.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { plural } from '../terminal/format.ts';

export function trackCommand(withShell: WithShell): Command {
  const track = new Command('track').description('Single tracks.');
  track
    .command('remove <id>')
    .description(
      'Take a track out of the library. Its sealed copy is erased by `clef vault sweep` after 7 days.',
    )
    .requiredOption('--yes', 'really')
    .action(
      withShell(async (shell, id: string, { yes }: { yes?: true }) => {
        if (!yes) throw new ClefError('usage', 'say --yes to remove it');
        const { assets } = await perform(shell, removeTrack, { id });
        shell.terminal.say(`Removed; ${plural(assets, 'asset')} will be erased by a sweep in 7 days.`);
      }),
    );
  return track;
}
