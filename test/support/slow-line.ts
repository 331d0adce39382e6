import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line between a browser and a server on loopback, which can be slow, and cut. */
export interface SlowLine extends AsyncDisposable {
  readonly url: string;
  /** Added to what the browser sends: to each request, where it waits for the answer before the next. */
  delayMs: number;
  /** Every connection ends, and every new one ends at once, until `mend`. */
  cut(): void;
  mend(): void;
}

export async function layLine(targetUrl: string): Promise<SlowLine> {
  const { hostname, port } = new URL(targetUrl);
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
    }
    far.pipe(near);
    near.on('data', (bytes: Buffer) => {
      if (line.delayMs === 0) far.write(bytes);
      else setTimeout(() => far.writable && far.write(bytes), line.delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = () => {
    for (const end of ends) end.destroy();
  };
  const line: SlowLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    cut() {
      isCut = true;
      endAll();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
  return line;
}
