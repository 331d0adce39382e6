import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import type { DrainProgress } from '../app/drain.ts';
import { callControl, connectToControl } from '../control/client.ts';
import { controlSocketOf, isDataFolderInUse } from '../data-folder.ts';
import { drainServer } from '../operations/drain.ts';
import type { Shell, WithShell } from '../shell.ts';
import { formatDuration, plural } from '../terminal/format.ts';
import { clusterOf } from './cluster-options.ts';

const DEFAULT_WITHIN_SECONDS = 600;
const LOOK_EVERY_MS = 50;
/** For a server to put away what it has, once nobody is served any more. */
const ENDS_WITHIN_MS = 30_000;

interface Given {
  readonly within: string;
  readonly library?: string;
}

export function drainCommand(withShell: WithShell): Command {
  return new Command('drain')
    .description(
      'Empty a server, then end it: not ready, devices sent elsewhere, streams finished. Returns once it is gone.',
    )
    .argument(
      '[name]',
      'a server anywhere, asked through CLEF_NATS; default: the one that runs on this data folder',
    )
    .option('--within <seconds>', 'cut streams that last longer', String(DEFAULT_WITHIN_SECONDS))
    .option(
      '--library <id>',
      'whose server it is, where this machine has no data folder; `clef status --json` says it',
    )
    .addHelpText('after', '\nCtrl-C leaves the server at it.')
    .action(
      withShell(async (shell, name: string | undefined, given: Given) => {
        const withinMs = secondsIn(given.within) * 1_000;
        const say = sayChanges(shell);
        try {
          if (name === undefined) await drainHere(shell, withinMs, say);
          else await drainAfar(shell, { name, withinMs, library: given.library }, say);
        } catch (error) {
          if (shell.signal.aborted) shell.terminal.say('The server goes on emptying itself, and ends then.');
          throw error;
        }
        shell.terminal.say('The server is gone.');
      }),
    );
}

type Shown = Pick<DrainProgress, 'streams' | 'sockets'> &
  Partial<Pick<DrainProgress, 'phase' | 'cutStreams'>>;

async function drainHere(shell: Shell, withinMs: number, say: (progress: Shown) => void): Promise<void> {
  const socket = await connectToControl(controlSocketOf(shell.dataRoot));
  if (!socket)
    throw new ClefError(
      'not-found',
      'no server runs on this data folder; CLEF_DATA names another, NAME one elsewhere',
    );
  let last: DrainProgress | undefined;
  const onProgress = (value: unknown) => {
    last = value as DrainProgress;
    say(last);
  };
  const request = { operation: drainServer.name, args: { withinMs } };
  await callControl(socket, request, { signal: shell.signal, onProgress }).catch((error: unknown) => {
    // Its answer is lost where the process ends right after it.
    if (last?.phase !== 'gone') throw error;
  });
  const endMs = performance.now() + ENDS_WITHIN_MS;
  while (isDataFolderInUse(shell.dataRoot)) {
    if (performance.now() > endMs) throw new ClefError('not-ready', 'the server is empty, and does not end');
    await delay(LOOK_EVERY_MS, undefined, { signal: shell.signal });
  }
}

async function drainAfar(
  shell: Shell,
  {
    name,
    withinMs,
    library,
  }: { readonly name: string; readonly withinMs: number; readonly library: string | undefined },
  say: (progress: Shown) => void,
): Promise<void> {
  const cluster = await clusterOf(shell, library);
  const { drainFromAfar } = await import('../../edge/leases/index.ts');
  await drainFromAfar({ ...cluster, signal: shell.signal }, { name, withinMs }, say);
}

/** One line for each change, on a terminal and elsewhere: a drain takes minutes, and somebody may want to read it later. */
function sayChanges({ terminal, now }: Shell): (progress: Shown) => void {
  const beganMs = now();
  let told = '';
  return ({ phase, streams, sockets, cutStreams = 0 }) => {
    const cut = cutStreams > 0 ? `; ${plural(cutStreams, 'stream')} cut` : '';
    const text = `${plural(streams, 'stream')}, ${plural(sockets, 'device')}${phase ? ` (${PHASES[phase]})` : ''}${cut}`;
    if (text === told) return;
    told = text;
    terminal.say(`${formatDuration(now() - beganMs)}: ${text}`);
  };
}

const PHASES: Readonly<Record<DrainProgress['phase'], string>> = {
  'turning-away': 'edges turn away',
  devices: 'devices go elsewhere',
  streams: 'streams end',
  gone: 'empty',
};

function secondsIn(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 86_400)
    throw new ClefError('usage', '--within takes seconds, 86400 at most');
  return Number(text);
}
