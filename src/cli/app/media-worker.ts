/**
 * A process that sends media beside the main one, forked by it. It learns over IPC what it needs, has no catalogue
 * and no keyring, and ends with its parent.
 */
import { enableCompileCache } from 'node:module';

// A terminal sends Ctrl-C to the whole group, and systemd SIGTERM: the main process says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());

enableCompileCache();
const { runMediaWorker } = await import('./run-media-worker.ts');
runMediaWorker();
