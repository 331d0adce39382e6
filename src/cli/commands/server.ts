import { Command } from 'commander';
import { parseInvitation } from '../app/invitation.ts';
import { showInvitation } from '../operations/invite.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { plural } from '../terminal/format.ts';
import { drainCommand } from './drain.ts';
import { serverListCommand } from './server-list.ts';

const JSON_OPTION = ['--json', 'as JSON'] as const;

interface Json {
  readonly json?: true;
}

export function serverCommand(withShell: WithShell): Command {
  const server = new Command('server').description('Servers that share a library.');

  server
    .command('invite')
    .description(
      'What another server needs to take up this library, once `clef keys recipients add` let it in; no secret.',
    )
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, { json }: Json) => {
        const shown = await perform(shell, showInvitation, {});
        if (json) return shell.terminal.print(JSON.stringify(shown, null, 2));
        shell.terminal.print(shown.invitation);
        shell.terminal.say(
          `On that server, with CLEF_NODES naming the same ${plural(shown.nodes.length, 'node')} and CLEF_CATALOG the same catalogue: clef server join, followed by this line.`,
        );
      }),
    );

  server
    .command('join <invitation>')
    .description(
      'Take up a library that is there, in an empty data folder; in one that joined it before, what changed of its nodes and policy. INVITATION is what `clef server invite` printed on a server of it.',
    )
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, text: string, { json }: Json) => {
        const invitation = await parseInvitation(text);
        const { join } = await import('../app/join.ts');
        const report = await join(shell, invitation);
        if (json) return shell.terminal.print(JSON.stringify(report, null, 2));
        const { terminal } = shell;
        terminal.print(`Joined library ${report.libraryId}, of root fingerprint ${report.rootFingerprint}.`);
        terminal.say(
          `It has ${plural(report.nodes, 'node')}${report.nodesOffline > 0 ? `, of which ${report.nodesOffline} did not answer` : ''}. \`clef start\` serves it.`,
        );
      }),
    );

  return server.addCommand(serverListCommand(withShell)).addCommand(drainCommand(withShell));
}
