import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ClefError } from '../../core/index.ts';

const run = promisify(execFile);
const WITHIN_MS = 300_000;

/** This very program, to be run once more. */
export function clefProgram(): readonly [string, string] {
  const [, script = ''] = process.argv;
  return [process.execPath, script];
}

/** What another command of Clef prints, with these settings and no others. `cluster-part-failed` says what it said. */
export async function runCommand(
  args: readonly string[],
  { env, signal }: { readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<string> {
  const [program, script] = clefProgram();
  const { PATH = '', HOME = '' } = process.env;
  try {
    const { stdout } = await run(program, [script, ...args], {
      env: { PATH, HOME, ...env },
      signal,
      timeout: WITHIN_MS,
    });
    return stdout.trim();
  } catch (cause) {
    signal.throwIfAborted();
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    const why = /^clef: (.*)$/m.exec(said)?.[1] ?? 'it failed';
    throw new ClefError('cluster-part-failed', `clef ${args.slice(0, 2).join(' ')}: ${why}`, { cause });
  }
}
