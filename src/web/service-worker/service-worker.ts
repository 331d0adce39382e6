import { type BuiltShell, createShell } from './shell.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Written before this script by the build (scripts/web/service-worker.ts). */
declare const builtShell: BuiltShell;

const worker = globalThis as unknown as WorkerScope;
const shell = createShell(worker.registration.scope, builtShell);

// A new version is there at the next load of a page: the pages that are open find their own parts in the cache of theirs.
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
worker.addEventListener('fetch', (event) => {
  const answer = shell.answer(event);
  if (answer) event.respondWith(answer);
});
