import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../../../test/support/clef-process.ts';
import { NatsLink } from './link.ts';

const open = (port: number, patienceMs = 0) =>
  NatsLink.open({ address: { servers: [`127.0.0.1:${port}`], tls: false }, prefix: 'clef', patienceMs });

/** Says what a nats-server says to who connects (https://docs.nats.io/reference/reference-protocols/nats-protocol). */
async function pretend(info: Record<string, unknown>): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(
      `INFO ${JSON.stringify({ server_id: 'x', proto: 1, headers: true, jetstream: true, ...info })}\r\n`,
    );
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

test('a NATS that is too old is refused, with both versions', async () => {
  await using server = await pretend({ version: '2.8.4', max_payload: 1_048_576 });
  await expect(open(server.port)).rejects.toMatchObject({
    code: 'log-unfit',
    message: 'NATS is 2.8.4, expected 2.9 or later',
  });
});

test('a NATS that takes only small messages is refused', async () => {
  await using server = await pretend({ version: '2.11.0', max_payload: 65_536 });
  await expect(open(server.port)).rejects.toMatchObject({ code: 'log-unfit' });
});

test('where nothing listens a start says so after a while', async () => {
  await expect(open(await freePort(), 300)).rejects.toMatchObject({ code: 'log-unreachable' });
});
