import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ClefError } from '../../core/index.ts';
import type { ApplyToEdge } from '../watch.ts';
import { canSignal, childrenOf } from './processes.ts';
import { Versions } from './versions.ts';

export interface ApplyToNginxOptions {
  /** Has a folder for each version, and `current`, a link to the one in use. */
  readonly folder: string;
  /** The file in a version that NGINX is started with. */
  readonly main: string;
  /** The process id of NGINX; undefined while none runs, which then finds its configuration when it starts. */
  readonly master: () => Promise<number | undefined>;
  /** Whether the edge answers listeners. Default: whether its workers are there is enough. */
  readonly answers?: () => Promise<boolean>;
  readonly program?: string;
  /** For new workers to be there, and for the edge to answer. */
  readonly withinMs?: number;
}

const run = promisify(execFile);

const TEST_MS = 20_000;
const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Has NGINX test each configuration before it is used, and take back one that it does not take up. What is on the disk is whole at any moment:
 * the old configuration, or the new one once it was tested.
 */
export function createApplyToNginx(options: ApplyToNginxOptions): ApplyToEdge {
  const versions = new Versions(options.folder);
  return async (files) => {
    const before = await versions.inUse();
    const version = await versions.write(files);
    try {
      await test(options, versions.placeOf(version));
      await versions.use(version);
      await reload(options).catch(async (error: unknown) => {
        if (before === undefined) await versions.stopUsing();
        else {
          await versions.use(before);
          // It works by the old one still, or never took up the new one as a whole.
          await reload(options).catch(() => undefined);
        }
        throw error;
      });
    } finally {
      await versions.keepOnly([await versions.inUse(), before]);
    }
  };
}

/** The process that wrote its id to a file, where that is still one. */
export async function masterIn(pidFile: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  return Number.isSafeInteger(pid) && pid > 1 && canSignal(pid) ? pid : undefined;
}

async function test({ program = 'nginx', main }: ApplyToNginxOptions, place: string): Promise<void> {
  try {
    await run(program, ['-t', '-q', '-p', place, '-c', main, '-e', 'stderr'], { timeout: TEST_MS });
  } catch (cause) {
    const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
    if (code === 'ENOENT') throw new ClefError('edge-refused', 'the program nginx is missing', { cause });
    throw new ClefError('edge-refused', `NGINX refuses what was rendered: ${reasonIn(stderr, place)}`, {
      cause,
    });
  }
}

/** Its first fault, without the folder's name. */
function reasonIn(stderr: string, place: string): string {
  const line = stderr.split('\n').find((text) => /\[(?:emerg|alert|crit)\]/.test(text));
  return line?.replace(/^.*?\[\w+\] (?:\d+#\d+: )?/, '').replaceAll(place, '') ?? 'it does not say why';
}

async function reload(options: ApplyToNginxOptions): Promise<void> {
  const { master, answers, withinMs = WITHIN_MS } = options;
  const pid = await master();
  if (pid === undefined) return;
  const before = await childrenOf(pid);
  process.kill(pid, 'SIGHUP');
  const endMs = performance.now() + withinMs;
  await until(endMs, async () => [...(await childrenOf(pid))].some((child) => !before.has(child)), {
    otherwise: 'NGINX did not take up what was rendered: no new workers; its error log says why',
  });
  if (answers) await until(endMs, answers, { otherwise: 'the edge does not answer by what was rendered' });
}

async function until(
  endMs: number,
  holds: () => Promise<boolean>,
  { otherwise }: { readonly otherwise: string },
): Promise<void> {
  while (!(await holds())) {
    if (performance.now() > endMs) throw new ClefError('edge-refused', otherwise);
    await delay(LOOK_EVERY_MS);
  }
}
