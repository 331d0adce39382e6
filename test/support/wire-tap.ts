import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: Buffer;
}

/** Stands between a browser and a server, and keeps every answer that went by, complete or cut off. */
export async function tapWire(
  targetUrl: string,
): Promise<{ readonly url: string; readonly heard: readonly Heard[] } & AsyncDisposable> {
  const heard: Heard[] = [];
  const target = new URL(targetUrl);
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const onward = ask({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('close', () => heard.push({ method, path, status, body: Buffer.concat(parts) }));
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
