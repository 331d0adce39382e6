import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { pauseProcess, resumeProcess } from '../support/processes.ts';

/** More than the 511 that Node asks the kernel to hold, fewer than many systems' limit of open files. */
const LISTENERS = 700;

it('keeps every listener who comes while the server is busy', async () => {
  await using folder = await temporaryFolder('burst');
  await using server = await startClef({ data: folder.path, settings: { CLEF_WORKERS: '1' } });
  const port = Number(new URL(server.baseUrl).port);
  const { pid } = server.process;
  if (pid === undefined) throw new Error('the server does not run');
  await pauseProcess(pid);
  const sockets: Socket[] = [];
  try {
    // A connection that the kernel does not hold is tried again a second later, and would not be there in time.
    const connected = Array.from({ length: LISTENERS }, () => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      // Its own end stays open, as every player's does: Node drops an answer that is not there yet when a client has ended.
      socket.write('GET /livez HTTP/1.1\r\nHost: burst\r\nConnection: close\r\n\r\n');
      return once(socket, 'connect');
    });
    await Promise.all(connected);
  } finally {
    resumeProcess(pid);
  }
  const answers = await Promise.all(sockets.map((socket) => text(socket)));
  expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toHaveLength(LISTENERS);
});
