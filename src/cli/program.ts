import { Command, CommanderError } from 'commander';
import { ClefError } from '../core/index.ts';
import { catalogCommand } from './commands/catalog.ts';
import { clusterCommand } from './commands/cluster.ts';
import { edgeCommand } from './commands/edge.ts';
import { gatewayCommand } from './commands/gateway.ts';
import { importCommand } from './commands/import.ts';
import { keysCommand } from './commands/keys.ts';
import { apiKeyCommand, appPasswordCommand, userCommand } from './commands/people.ts';
import { searchCommand } from './commands/search.ts';
import { serverCommand } from './commands/server.ts';
import { sourceCommand } from './commands/source.ts';
import { speakerCommand } from './commands/speaker.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { tlsCommand } from './commands/tls.ts';
import { trackCommand } from './commands/track.ts';
import { vaultCommand } from './commands/vault.ts';
import { createShell, type WithShell } from './shell.ts';
import { processTerminal } from './terminal/terminal.ts';
import { VERSION } from './version.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** Returns the exit status; never throws. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    if (interrupted.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interrupted.abort(new ClefError('not-ready', `stopped by ${signal}`));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  const withShell: WithShell =
    (act) =>
    async (...rest) =>
      act(await createShell(processTerminal(), interrupted.signal), ...rest);

  try {
    await createProgram(withShell).parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (interrupted.signal.aborted) {
      console.error('clef: stopped; what is done stays done, and the next run goes on');
      return EXIT_INTERRUPTED;
    }
    report(error);
    return error instanceof ClefError && (error.code === 'usage' || error.code === 'config-invalid')
      ? EXIT_USAGE
      : EXIT_FAILED;
  }
}

function createProgram(withShell: WithShell): Command {
  const program = new Command('clef')
    .description('Encrypted music streaming that anyone can run.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      '\nSettings are read from CLEF_… variables and the file that CLEF_CONFIG names; docs/operations.md lists them.',
    );
  for (const command of [
    startCommand(withShell),
    importCommand(withShell),
    sourceCommand(withShell),
    searchCommand(withShell),
    statusCommand(withShell),
    catalogCommand(withShell),
    userCommand(withShell),
    appPasswordCommand(withShell),
    apiKeyCommand(withShell),
    keysCommand(withShell),
    serverCommand(withShell),
    vaultCommand(withShell),
    trackCommand(withShell),
    tlsCommand(withShell),
    speakerCommand(withShell),
    gatewayCommand(withShell),
    edgeCommand(withShell),
    clusterCommand(withShell),
  ]) {
    program.addCommand(command);
  }
  return inheritExit(program);
}

/** Sub-commands made elsewhere must not end the process by themselves. */
function inheritExit(command: Command): Command {
  for (const child of command.commands) inheritExit(child.exitOverride());
  return command;
}

/** One clear sentence; the stack only of a fault in Clef itself, or when CLEF_DEBUG asks for it. */
function report(error: unknown): void {
  if (error instanceof ClefError && error.code !== 'internal' && !process.env.CLEF_DEBUG) {
    console.error(`clef: ${error.message}`);
    return;
  }
  console.error('clef: a fault in Clef itself; please report it with the lines below');
  console.error(error);
}
