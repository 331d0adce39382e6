import { createPartSender } from '../../api/index.ts';
import { basePath, call } from '../data/client.ts';
import { onServerEvent } from '../data/events.ts';
import { createUploadQueue } from './upload-queue.ts';

/** The files that this window sends. It goes on while pages change. */
export const uploads = createUploadQueue({
  call,
  sendPart: createPartSender({ basePath }),
  newId: () => crypto.getRandomValues(new Uint8Array(16)).toHex(),
  now: () => performance.now(),
  rest: (ms, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        removeEventListener('online', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      addEventListener('online', end);
      signal.addEventListener('abort', end, { once: true });
    }),
});

onServerEvent((event) => {
  if (event.kind === 'upload-changed') uploads.hear(event.upload);
});
