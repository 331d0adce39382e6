import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Enough for a tag with a large cover and its copies; a file that needs more is refused. */
const HEAP_MIB = 192;
/** Node's own reserves are in this figure: below 600 MB it does not start. */
const DATA_BYTES = 1024 * 1024 * 1024;
/** For a child whose parent was killed while it ran in circles. */
const CPU_SECONDS = 900;
const OPEN_FILES = 64;

export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
}

function tool(name: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return ['/usr/bin', '/bin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The folder that the library and what it needs are installed in. */
function packagesFolder(): string {
  const path = fileURLToPath(import.meta.resolve('music-metadata'));
  const end = path.lastIndexOf('node_modules');
  return end < 0 ? dirname(path) : path.slice(0, end + 'node_modules'.length);
}

/**
 * How a probe is started: Node without permission for anything but reading its own code, so no files, no
 * network, no processes, no workers; on Linux within limits of the system, and gone when its parent is.
 */
export function childCommand(): ChildCommand {
  const here = dirname(fileURLToPath(import.meta.url));
  const sources = dirname(dirname(here));
  const node = [
    process.execPath,
    '--permission',
    `--allow-fs-read=${sources}/*`,
    `--allow-fs-read=${dirname(sources)}/package.json`,
    `--allow-fs-read=${packagesFolder()}/*`,
    `--max-old-space-size=${HEAP_MIB}`,
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    '--no-warnings',
    fileURLToPath(new URL('./child.ts', import.meta.url)),
  ];
  const setpriv = tool('setpriv');
  const prlimit = tool('prlimit');
  const limits = [`--data=${DATA_BYTES}`, `--cpu=${CPU_SECONDS}`, `--nofile=${OPEN_FILES}`, '--core=0'];
  const [file = process.execPath, ...args] = [
    ...(prlimit === undefined ? [] : [prlimit, ...limits]),
    ...(setpriv === undefined ? [] : [setpriv, '--no-new-privs', '--pdeathsig', 'KILL']),
    ...node,
  ];
  return { file, args };
}
