import { keepShell } from './life.ts';
import { type BuiltShell, createShell } from './shell.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Written before this script by the build (scripts/web/service-worker.ts). */
declare const builtShell: BuiltShell;

const worker = globalThis as unknown as WorkerScope;
const shell = createShell(worker.registration.scope, builtShell);

keepShell(worker, shell);
worker.addEventListener('fetch', (event) => {
  const answer = shell.answer(event);
  if (answer) event.respondWith(answer);
});
