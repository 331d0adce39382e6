import { Command } from 'commander';
import { drainCommand } from './drain.ts';
import { serverListCommand } from './server-list.ts';
import type { WithShell } from '../shell.ts';

export function serverCommand(withShell: WithShell): Command {
  return new Command('server')
    .description('Servers that share a library.')
    .addCommand(serverListCommand(withShell))
    .addCommand(drainCommand(withShell));
}
