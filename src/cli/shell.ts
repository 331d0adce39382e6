import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ClefError } from '../core/index.ts';
import { type Config, parseConfig } from './config/config.ts';
import { defaultDataRoot } from './data-folder.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What every command gets. */
export interface Shell {
  readonly config: Config;
  /** Absolute. */
  readonly dataRoot: string;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Wraps a command's action: the shell is made when it is needed, so that --help needs no valid settings. */
export type WithShell = <Args extends unknown[]>(
  act: (shell: Shell, ...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>;

/** Reads the settings once, here and nowhere else. */
export async function createShell(terminal: Terminal, signal: AbortSignal): Promise<Shell> {
  const { env } = process;
  const config = parseConfig({
    env,
    ...(env.CLEF_CONFIG ? { file: await readConfigFile(env.CLEF_CONFIG) } : {}),
  });
  return {
    config,
    dataRoot: resolve(config.data ?? defaultDataRoot(env, process.platform)),
    terminal,
    signal,
    now: Date.now,
  };
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ClefError(
      'config-invalid',
      `CLEF_CONFIG: the file cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
}
