import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createAuthority,
  issueServerCertificate,
  type KeyAndCertificate,
  namesOfMachine,
} from '../../tls/index.ts';
import { createSecureListener, type SecureListener } from './secure-listener.ts';

const names = namesOfMachine({ hostName: 'cellar', addresses: [] });
const LONG = 'x'.repeat(300_000);

describe('the secure listener', () => {
  let authority: KeyAndCertificate;
  let listener: SecureListener;
  let port: number;

  beforeAll(async () => {
    authority = await createAuthority({ label: 'cellar', names, now: Date.now() });
  });
  beforeEach(async () => {
    listener = createSecureListener({
      certificate: await issueServerCertificate(authority, { names, now: Date.now() }),
      onRequest: (request, response) => {
        void text(request).then((body) => response.end(`secure ${body.length} ${LONG}`));
      },
      onPlainRequest: (request, response) => response.end(`plain ${request.url}`),
    });
    listener.server.listen(0, '127.0.0.1');
    await once(listener.server, 'listening');
    port = (listener.server.address() as { port: number }).port;
  });
  afterEach(async () => {
    listener.closeAllConnections();
    listener.server.close();
    await once(listener.server, 'close');
  });

  async function ask(body = ''): Promise<{ text: string; serial: string }> {
    const asked = secureRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      ca: authority.certificatePem,
      agent: false,
    });
    asked.end(body);
    const [response] = await once(asked, 'response');
    const serial = response.socket.getPeerCertificate().serialNumber as string;
    return { text: await text(response), serial };
  }

  it('speaks TLS to who trusts its authority, with bodies of any length both ways', async () => {
    expect((await ask(LONG)).text).toBe(`secure ${LONG.length} ${LONG}`);
  });

  it('answers plain HTTP on the same port', async () => {
    const asked = plainRequest({ host: '127.0.0.1', port, path: '/a', agent: false });
    asked.end();
    const [response] = await once(asked, 'response');
    expect(await text(response)).toBe('plain /a');
  });

  it('takes a hello and a request that come byte by byte', async () => {
    const socket = connect(port, '127.0.0.1');
    for (const letter of 'GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await text(socket)).toContain('plain /slow');
  });

  it('gives new connections another certificate once it has one', async () => {
    const before = await ask();
    listener.exchange(await issueServerCertificate(authority, { names, now: Date.now() }));
    const after = await ask();
    expect(after.text).toContain('secure');
    expect(after.serial).not.toBe(before.serial);
  });

  it('survives clients that leave before they said anything, or say nonsense', async () => {
    for (const nonsense of ['', '\x16', '\x16\x03\x01\xff\xff', '\0\0\0\0']) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume().end(Buffer.from(nonsense, 'latin1'));
      await once(socket, 'close');
    }
    expect((await ask()).text).toContain('secure');
  });
});
