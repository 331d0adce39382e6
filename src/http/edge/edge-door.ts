import type { FastifyReply, FastifyRequest } from 'fastify';
import { mediaHead, type MediaTicket } from '../media/index.ts';
import type { PieceTickets } from './piece-tickets.ts';

/** An edge asks for a ticket in place of the bytes. */
export const EDGE_HEADER = 'x-clef-edge';
/** The ticket. */
export const PIECES_HEADER = 'x-clef-pieces';
/** Which bytes the player is to get: `FIRST-LAST/LENGTH`. */
export const SEND_HEADER = 'x-clef-send';

/** Answers an edge that fetches plaintext piece by piece (ADR 31). */
export class EdgeDoor {
  readonly #tickets: PieceTickets;

  constructor(tickets: PieceTickets) {
    this.#tickets = tickets;
  }

  /** Whether an edge asks, which has to be a proxy that is trusted. */
  asks(request: FastifyRequest): boolean {
    return request.headers[EDGE_HEADER] === '1' && isThroughProxy(request);
  }

  /** The head that the player is to get, and where its bytes are. */
  async open(request: FastifyRequest, reply: FastifyReply, ticket: MediaTicket): Promise<void> {
    const { status, headers, range } = mediaHead(request.raw, ticket);
    if (range) {
      headers['content-length'] = 0;
      headers[PIECES_HEADER] = await this.#tickets.issue(ticket.asset);
      headers[SEND_HEADER] = `${range.startBytes}-${range.endBytes - 1}/${ticket.lengthBytes}`;
    }
    reply.hijack();
    reply.raw.writeHead(status, headers);
    reply.raw.end();
  }
}

/** Fastify lists whom the request came through as far as it trusts them, and then whoever is before. */
export function isThroughProxy({ ips = [] }: FastifyRequest): boolean {
  return ips.length > 1;
}
