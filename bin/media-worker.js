// @ts-check
/**
 * A process that sends media beside the main one, forked by it. It learns over IPC what it needs, has no catalogue
 * and no keyring, and ends with its parent.
 */
import { importProgram } from './bundle.js';

// A terminal sends Ctrl-C to the whole group, and systemd SIGTERM: the main process says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());

const { runMediaWorker } = await importProgram(
  'media-worker',
  () => import('../src/cli/app/run-media-worker.ts'),
);
runMediaWorker();
