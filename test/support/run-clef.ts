import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withCatalogPlace } from './catalog-place.ts';
import { keepLog } from './kept-logs.ts';
import { LOGS_FOLDER, noteJson, noteSecret, TAP } from './noted-secrets.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a first start would ask for. */
export const FIRST_START = {
  CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
  CLEF_RECOVERY_PASSPHRASE: 'four unlikely words that nobody guesses 7319',
} as const;

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Only what a program needs: no setting of the developer's own leaks in. */
export function clefEnvironment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return {
    ...(PATH ? { PATH } : {}),
    ...(HOME ? { HOME } : {}),
    ...(LANG ? { LANG } : {}),
    ...(LOGS_FOLDER ? { TEST_LOGS: LOGS_FOLDER, NODE_OPTIONS: `--import=${TAP}` } : {}),
    ...settings,
  };
}

export const clefBinary = join(root, 'bin', 'clef');

/** Runs one command of the CLI to its end. */
export async function runClef(
  args: readonly string[],
  settings: Record<string, string>,
  input = '',
): Promise<CommandResult> {
  const env = clefEnvironment(await withCatalogPlace(settings));
  const child = spawn(clefBinary, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  keepLog('command', child.stderr);
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  noteOfCommand(args, input, stdout);
  return { status, stdout, stderr };
}

/** Passphrases that it was told, and what it shows to whoever asks. */
function noteOfCommand(args: readonly string[], input: string, stdout: string): void {
  for (const line of input.split('\n')) noteSecret('command', line);
  noteJson('command', stdout);
  if (args[0] === 'keys' && args[1] === 'gateway') noteSecret('command', stdout.trim());
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}
