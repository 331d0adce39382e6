import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { parseSetting } from '../config/config.ts';
import type { WithShell } from '../shell.ts';

export function gatewayCommand(withShell: WithShell): Command {
  return new Command('gateway')
    .description(
      'Serve the sockets of playback sessions over NATS, beside a server: without music and accounts.',
    )
    .option('--nats <urls>', 'in place of CLEF_NATS; with a password, rather use that')
    .option('--key <key>', 'in place of CLEF_GATEWAY_KEY: what `clef keys gateway` prints on the server')
    .addHelpText(
      'after',
      '\nName its address in CLEF_GATEWAYS of the server, and devices are sent to it. It listens at CLEF_LISTEN.',
    )
    .action(
      withShell(async (shell, given: { nats?: string; key?: string }) => {
        const { config } = shell;
        const address = given.nats === undefined ? config.nats : parseSetting('nats', given.nats, '--nats');
        const key =
          given.key === undefined ? config.gatewayKey : parseSetting('gatewayKey', given.key, '--key');
        if (!address) throw new ClefError('usage', 'a gateway needs CLEF_NATS, or --nats');
        if (!key) throw new ClefError('usage', 'a gateway needs CLEF_GATEWAY_KEY, or --key');
        const { runGateway } = await import('../app/gateway.ts');
        await runGateway(shell, { address, key });
      }),
    );
}
