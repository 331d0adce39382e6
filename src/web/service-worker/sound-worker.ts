import { keepShell } from './life.ts';
import { type BuiltShell, createShell } from './shell.ts';
import { createSound } from './sound.ts';
import type { ClaimWanted } from './sound-protocol.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Written before this script by the build (scripts/web/service-worker.ts). */
declare const builtShell: BuiltShell;

const worker = globalThis as unknown as WorkerScope;
const shell = createShell(worker.registration.scope, builtShell);
const sound = createSound(worker);

keepShell(worker, shell);
worker.addEventListener('message', (event) => {
  const { kind } = event.data as ClaimWanted;
  if (kind === 'claim-wanted') event.waitUntil(worker.clients.claim());
});
worker.addEventListener('fetch', (event) => {
  const answer = sound.answer(event) ?? shell.answer(event);
  if (answer) event.respondWith(answer);
});
