import type { IncomingMessage, ServerResponse } from 'node:http';

/** What may be asked for without TLS at the secure port: how to come to trust it. */
export function isAboutTrust({ url = '' }: IncomingMessage): boolean {
  return /\/trust(?:\/clef\.\w+)?(?:\?|$)/.test(url);
}

/** A host, and perhaps a port, of a request that a browser may have sent. */
const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i;

/** The same address with TLS; RFC 9110 section 15.4.9 keeps the method. */
export function sendToTls(request: IncomingMessage, response: ServerResponse): void {
  const { host = '' } = request.headers;
  const { url = '/' } = request;
  request.resume();
  if (!HOST.test(host) || !url.startsWith('/')) {
    response.writeHead(400, { 'content-type': 'text/plain', connection: 'close' });
    response.end('this port speaks HTTPS\n');
    return;
  }
  response.writeHead(308, {
    location: `https://${host}${url}`,
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end();
}
