import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { clefBinary, clefEnvironment } from '../support/clef-process.ts';

const LOOK_EVERY_MS = 3;

/** On a busy machine a server may take longer to be reached than it is waited for. */
const MOST_RUNS = 5;

export interface CommandEnd {
  readonly isKilled: boolean;
  /** More than 1 where it failed before. */
  readonly runs: number;
}

/** `clef catalog shards …` until it succeeds, as whoever is told to run it again would do; with `killWhen` until that is so. */
export async function shardsCommand(
  args: readonly string[],
  killWhen?: () => Promise<boolean>,
): Promise<CommandEnd> {
  for (let runs = 1; ; runs++) {
    const { isKilled, status, said } = await runOnce(args, killWhen);
    if (isKilled || status === 0) return { isKilled, runs };
    if (runs === MOST_RUNS) throw new Error(`clef catalog shards ${args.join(' ')}: ${said}`);
  }
}

async function runOnce(args: readonly string[], killWhen: (() => Promise<boolean>) | undefined) {
  const child = spawn(clefBinary, ['catalog', 'shards', ...args], {
    env: clefEnvironment({}),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const isDue = killWhen ?? (async () => false);
  while (!isOver()) {
    if (await isDue()) child.kill('SIGKILL');
    await wait(LOOK_EVERY_MS);
  }
  const [status] = await closed;
  return { isKilled: child.signalCode === 'SIGKILL', status, said };
}
