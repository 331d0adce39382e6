import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDoor } from '../../../test/support/worker-door.ts';
import { CLIENT_HEADER, TICKET_HEADER, WORKER_HEADER } from './handed-ticket.ts';
import { createMediaWorker, type MediaWorker } from './media-worker.ts';

const SECRET = 'of-this-start';

let folder: string;
let main: Server;
let worker: MediaWorker;
let door: Awaited<ReturnType<typeof openDoor>>;
/** What the main process was asked, in order. */
let asked: IncomingMessage[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-relay-'));
  asked = [];
  main = createServer((request, response) => {
    asked.push(request);
    request.resume();
    response.end(`asked for ${request.url}`);
  });
  const socketPath = join(folder, 'main.sock');
  await new Promise<void>((resolve) => main.listen(socketPath, resolve));
  worker = createMediaWorker({
    socketPath,
    secret: SECRET,
    reader: {
      read: () => {
        throw new Error('no ticket was given');
      },
      readColumn: () => {
        throw new Error('no ticket was given');
      },
      release: () => undefined,
    },
    counter: { opened: () => undefined, closed: () => undefined },
  });
  door = await openDoor(worker);
});

afterEach(async () => {
  await worker.drain(0);
  door.close();
  main.closeAllConnections();
  await new Promise((resolve) => main.close(resolve));
  await rm(folder, { recursive: true });
});

/** The bytes of a request as they stand, on a connection of its own; answers what came back. */
function send(lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(door.port, '127.0.0.1', () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`),
    );
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.on('close', () => resolve(received)).on('error', reject);
  });
}

describe('what a worker passes on', () => {
  it('is one request, even where its client disowns the length of its body', async () => {
    // Left without a length, the body would wait in front of the next client's request, as a header of it.
    const body = 'GET /of-the-attacker HTTP/1.1\r\nx-swallows: ';
    const first = await send(
      [
        'GET /first HTTP/1.1',
        'host: x',
        `content-length: ${body.length}`,
        'connection: close, content-length',
      ],
      body,
    );
    expect(first).toContain('asked for /first');
    const next = await send(['GET /of-the-victim HTTP/1.1', 'host: x', 'connection: close']);
    expect(next).toContain('asked for /of-the-victim');
    expect(asked.map(({ url }) => url)).toEqual(['/first', '/of-the-victim']);
  });

  it('keeps what a proxy said, whatever the client names in Connection', async () => {
    await send([
      'GET / HTTP/1.1',
      'host: x',
      'x-forwarded-for: 192.0.2.7',
      'via: 1.1 proxy',
      'connection: close, x-forwarded-for, via',
    ]);
    expect(asked[0]?.headers).toMatchObject({ 'x-forwarded-for': '192.0.2.7', via: '1.1 proxy' });
  });

  it('holds no word that only the worker may say, nor anything of this connection alone', async () => {
    await send([
      'GET / HTTP/1.1',
      'host: x',
      `${WORKER_HEADER}: guessed`,
      `${CLIENT_HEADER}: 10.0.0.1`,
      `${TICKET_HEADER}: forged`,
      'te: trailers',
      'connection: close',
    ]);
    expect(asked[0]?.headers).toMatchObject({ [WORKER_HEADER]: SECRET, [CLIENT_HEADER]: '127.0.0.1' });
    expect(asked[0]?.headers).not.toHaveProperty(TICKET_HEADER);
    expect(asked[0]?.headers).not.toHaveProperty('te');
  });
});
