import { Command } from 'commander';
import type { WithShell } from '../shell.ts';
import { edgeAs3Command } from './edge-as3.ts';

export function edgeCommand(withShell: WithShell): Command {
  const edge = new Command('edge').description('What stands in front of several servers of one library.');
  for (const command of [edgeAs3Command(withShell)]) edge.addCommand(command);
  return edge;
}
