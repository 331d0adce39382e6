import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { WithShell } from '../shell.ts';

export function startCommand(withShell: WithShell): Command {
  return new Command('start')
    .description('Serve the library, and import music folders while it plays.')
    .argument(
      '[folders...]',
      'music folders, or shares as smb://HOST/SHARE/PATH?key=FILE, to import; without any, at the first start, Clef makes a demo album',
    )
    .addHelpText(
      'after',
      '\nPlayers sign in with a password of their own: clef app-password create admin --client NAME',
    )
    .action(
      withShell(async (shell, folders: string[]) => {
        const { serve } = await import('../app/serve.ts');
        await serve(shell, { folders, demoFolder: join(dirname(shell.dataRoot), 'clef-demo-album') });
      }),
    );
}
