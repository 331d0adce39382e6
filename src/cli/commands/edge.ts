import { Command } from 'commander';
import type { WithShell } from '../shell.ts';
import { edgeAs3Command } from './edge-as3.ts';
import { edgeNginxCommand } from './edge-nginx.ts';
import { edgeWatchCommand } from './edge-watch.ts';

export function edgeCommand(withShell: WithShell): Command {
  return new Command('edge')
    .description(
      'What stands before several servers of a library, so that no listener notices that one fails.',
    )
    .addCommand(edgeNginxCommand(withShell))
    .addCommand(edgeWatchCommand(withShell))
    .addCommand(edgeAs3Command(withShell));
}
