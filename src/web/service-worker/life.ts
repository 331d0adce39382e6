import type { Shell } from './shell.ts';
import type { WorkerScope } from './worker-scope.ts';

/** A new version is there at the next load of a page: the pages that are open find their own parts in the cache of theirs. */
export function keepShell(worker: WorkerScope, shell: Shell): void {
  worker.addEventListener('install', (event) =>
    event.waitUntil(shell.install().then(() => worker.skipWaiting())),
  );
  worker.addEventListener('activate', (event) =>
    event.waitUntil(
      Promise.all([
        shell.removeOlder(),
        worker.clients.claim(),
        worker.registration.navigationPreload?.enable(),
      ]),
    ),
  );
}
