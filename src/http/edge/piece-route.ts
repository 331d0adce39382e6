import type { FastifyInstance } from 'fastify';
import { ClefError } from '../../core/index.ts';
import { ticketFor } from '../media/index.ts';
import type { SendMedia } from '../media-sender.ts';
import { PIECE_PATH } from '../piece-path.ts';
import { problemOf } from '../play/problem.ts';
import { isThroughProxy, PIECES_HEADER } from './edge-door.ts';
import type { PieceTickets } from './piece-tickets.ts';

export interface PieceRouteDeps {
  readonly pieceTickets: PieceTickets;
  readonly sendMedia: SendMedia;
}

/**
 * `GET /p/v1`: the range of an asset's plaintext that an edge asks for, on a ticket. It needs neither the catalogue nor a sign-in, so that any server
 * of the library goes on where another died. For proxies that are trusted; nothing is there for others.
 */
export function pieceRoute(app: FastifyInstance, { pieceTickets, sendMedia }: PieceRouteDeps): void {
  app.get(PIECE_PATH, async (request, reply) => {
    try {
      if (!isThroughProxy(request)) throw new ClefError('not-found', 'nothing is here');
      const shown = request.headers[PIECES_HEADER];
      const asset = await pieceTickets.read(typeof shown === 'string' ? shown : undefined);
      await sendMedia(request, reply, ticketFor(asset), problemOf);
    } catch (error) {
      const { httpStatus, contentType, body } = problemOf(error);
      void reply.code(httpStatus).header('cache-control', 'no-store').type(contentType).send(body);
    }
    return reply;
  });
}
