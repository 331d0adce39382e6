import type { FastifyInstance } from 'fastify';
import { PLAYBACK_SOCKET_PATH } from '../../api/index.ts';
import { ClefError } from '../../core/index.ts';

/** For who asks at the socket's address for anything but a socket (RFC 9110 section 15.5.22). */
export function socketRoute(scope: FastifyInstance): void {
  scope.get(PLAYBACK_SOCKET_PATH, (_request, reply) => {
    void reply.header('upgrade', 'websocket').header('connection', 'upgrade');
    throw Object.assign(new ClefError('bad-request', 'only WebSockets are opened here'), { statusCode: 426 });
  });
}
