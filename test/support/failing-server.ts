import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong: a piece that is cut, has other bytes and says of which place or of which asset they are; no word, no time, no server. */
export type Fault = 'none' | 'cut' | 'silent' | 'busy' | 'lies' | 'foreign' | 'gone';

/** A server of Clef that fails in one way after another: a real one, over a line that changes what it says. */
export interface FailingServer extends AsyncDisposable {
  readonly baseUrl: string;
  fault: Fault;
  /** Pieces that were asked for, and openings. */
  readonly asked: { pieces: number; openings: number };
}

const BEFORE_CUT_BYTES = 1_000;

export async function startFailingServer(targetUrl: string): Promise<FailingServer> {
  const target = new URL(targetUrl);
  const asked = { pieces: 0, openings: 0 };
  const server = createServer((incoming, response) => {
    const isPiece = incoming.url?.endsWith('/p/v1') ?? false;
    if (isPiece) asked.pieces++;
    else asked.openings++;
    const { fault } = failing;
    if (fault === 'gone') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'silent') return;
    if (fault === 'busy') {
      response.writeHead(503).end();
      return;
    }
    const outgoing = request(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => passOn(answer, response, isPiece ? fault : 'none'),
    );
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const failing: FailingServer = {
    baseUrl: `http://127.0.0.1:${port}`,
    fault: 'none',
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return failing;
}

function passOn(answer: IncomingMessage, response: ServerResponse, fault: Fault): void {
  const headers = { ...answer.headers };
  if (fault === 'lies') headers['content-range'] = 'bytes 0-9/10';
  if (fault === 'foreign') headers.etag = '"another"';
  response.writeHead(answer.statusCode ?? 502, headers);
  if (fault === 'lies' || fault === 'foreign') {
    answer.on('data', (bytes: Buffer) => response.write(bytes.map((byte) => ~byte)));
    return void answer.once('end', () => response.end());
  }
  if (fault !== 'cut') return void answer.pipe(response);
  answer.once('data', (bytes: Buffer) => {
    response.write(bytes.subarray(0, BEFORE_CUT_BYTES), () => response.destroy());
    answer.destroy();
  });
}
