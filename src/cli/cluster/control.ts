import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { callControl, connectToControl } from '../control/client.ts';
import type { RequestHandler } from '../control/server.ts';
import { controlSocketOf } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import type { Cluster } from './cluster.ts';

const KILL = 'cluster.kill';
const START = 'cluster.start';
const argsSchema = v.object({ name: v.string() });

/** What other processes may ask of a cluster that runs here. */
export function commandCluster(
  cluster: Cluster,
  event: (text: string) => void,
  signal: AbortSignal,
): RequestHandler {
  return async ({ operation, args }) => {
    const part = cluster.find(v.parse(argsSchema, args).name);
    switch (operation) {
      case KILL:
        event(`killing ${part.name}`);
        return part.kill();
      case START:
        event(`starting ${part.name}`);
        return part.start(signal);
      default:
        throw new ClefError(
          'bad-request',
          'a cluster can do no such thing; is it of the same version of Clef?',
        );
    }
  };
}

export function killPart(shell: Shell, folder: string, name: string): Promise<void> {
  return ask(shell, folder, { operation: KILL, name });
}

export function startPart(shell: Shell, folder: string, name: string): Promise<void> {
  return ask(shell, folder, { operation: START, name });
}

async function ask(
  { signal }: Shell,
  folder: string,
  { operation, name }: { readonly operation: string; readonly name: string },
): Promise<void> {
  const socket = await connectToControl(controlSocketOf(folder));
  if (!socket)
    throw new ClefError(
      'not-ready',
      `no cluster runs in ${folder}; \`clef cluster up\` starts one, --data names another folder`,
    );
  await callControl(socket, { operation, args: { name } }, { signal, onProgress: () => undefined });
}
