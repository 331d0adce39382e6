import { resolve } from 'node:path';
import { Command } from 'commander';
import { drillKit, showGatewayKey, showKeys } from '../operations/keys.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { recoveryKitFolder } from '../data-folder.ts';
import { formatBytes, formatTable, plural } from '../terminal/format.ts';
import { addKeyChangeCommands } from './key-changes.ts';
import { recoveryPassphrase } from './recovery-passphrase.ts';
import { addResealCommand } from './reseal.ts';

export function keysCommand(withShell: WithShell): Command {
  const keys = new Command('keys').description('The keys of the library, and the kit that brings it back.');

  keys
    .command('status')
    .description("Who can open the library, and where this server's key lies.")
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: { json?: true }) => {
        const status = await perform(shell, showKeys, {});
        if (json) {
          shell.terminal.print(JSON.stringify(status, null, 2));
          return;
        }
        const lines = status.keyrings.flatMap((keyring) => [
          '',
          `${keyring.kind === 'library' ? 'Library' : 'Service'} keyring, version ${keyring.version}, epoch ${keyring.currentEpoch} of ${keyring.epochCount}`,
          formatTable(
            ['opens it', 'thumbprint'],
            keyring.recipients.map(({ role, thumbprint, isThisServer }) => [
              isThisServer ? `${role} (this one)` : role,
              thumbprint,
            ]),
          ),
        ]);
        shell.terminal.print(
          [
            `Library ${status.libraryId}`,
            `Root fingerprint ${status.rootFingerprint}`,
            ...lines,
            '',
            status.serverKey.sentence,
          ].join('\n'),
        );
      }),
    );

  keys
    .command('gateway')
    .description(
      'What a gateway is given to check the tickets of this library (CLEF_GATEWAY_KEY); no secret.',
    )
    .action(
      withShell(async (shell) => {
        const { key } = await perform(shell, showGatewayKey, {});
        shell.terminal.print(key);
      }),
    );

  keys
    .command('drill')
    .description('Prove that the recovery kit opens what the storage nodes hold.')
    .option('--kit <folder>', 'where the kit is (default: recovery-kit in the data folder)')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { kit, json }: { kit?: string; json?: true }) => {
        const report = await perform(shell, drillKit, {
          kit: resolve(kit ?? recoveryKitFolder(shell.dataRoot)),
          passphrase: await recoveryPassphrase(shell),
        });
        if (json) {
          shell.terminal.print(JSON.stringify(report, null, 2));
          return;
        }
        if (report.assets.length === 0) {
          shell.terminal.say(
            'The kit opens the keyrings, but no asset could be read whole from the nodes that answer: nothing was decrypted.',
          );
          process.exitCode = 1;
          return;
        }
        const bytes = report.assets.reduce((total, { decryptedBytes }) => total + decryptedBytes, 0);
        shell.terminal.print(
          `The kit opens the library: keyring version ${report.libraryVersion}, ${plural(report.epochCount, 'epoch')}; ${plural(report.assets.length, 'asset')} sampled, ${formatBytes(bytes)} decrypted.`,
        );
        if (report.rejectedCount > 0)
          shell.terminal.say(
            `${plural(report.rejectedCount, 'statement')} on the nodes were forged, foreign or damaged, and not believed.`,
          );
      }),
    );

  addKeyChangeCommands(keys, withShell);
  addResealCommand(keys, withShell);
  return keys;
}
