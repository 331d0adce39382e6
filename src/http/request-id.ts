import type { FastifyRequest } from 'fastify';

/** NGINX's `$request_id` is one. It goes into log lines as it is. */
const SHAPE = /^[A-Za-z0-9-]{8,64}$/;

/** How a trusted proxy calls this request in its own log; what others send under the name means nothing. */
export function idFromProxy(request: FastifyRequest): string | undefined {
  const given = request.headers['x-request-id'];
  if (typeof given !== 'string' || !SHAPE.test(given)) return undefined;
  // A second address is there only where the first one, the peer, is trusted and says for whom it speaks.
  return (request.ips?.length ?? 0) > 1 ? given : undefined;
}
