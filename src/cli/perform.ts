import type { Progress, ProgressView } from './terminal/progress.ts';
import { callControl, connectToControl } from './control/client.ts';
import { ClefError } from '../core/index.ts';
import { controlSocketOf, holdsLibrary } from './data-folder.ts';
import { type Operation, runOperation } from './operations/operation.ts';
import type { Shell } from './shell.ts';

export interface PerformOptions {
  readonly progress?: ProgressView;
}

/** Asks the server that runs on this data folder; without one, opens the folder and does it here. */
export async function perform<Args, Result>(
  shell: Shell,
  operation: Operation<Args, Result>,
  args: Args,
  { progress }: PerformOptions = {},
): Promise<Result> {
  const onProgress = (value: Progress) => progress?.update(value);
  try {
    const socket = await connectToControl(controlSocketOf(shell.dataRoot));
    if (socket) {
      const context = { signal: shell.signal, onProgress: (value: unknown) => onProgress(value as Progress) };
      return (await callControl(socket, { operation: operation.name, args }, context)) as Result;
    }
    if (!operation.begins && !(await holdsLibrary(shell.dataRoot))) {
      throw new ClefError(
        'data-invalid',
        'there is no library yet; `clef start FOLDER` begins one, CLEF_DATA names another place',
      );
    }
    const { openApp } = await import('./app/app.ts');
    const app = await openApp(shell);
    try {
      return await runOperation(app, operation, args, { signal: shell.signal, onProgress });
    } finally {
      await app[Symbol.asyncDispose]();
    }
  } finally {
    progress?.stop();
  }
}
