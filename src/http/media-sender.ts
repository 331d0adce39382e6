import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClefError, type ErrorCode, errorTable } from '../core/index.ts';
import type { EdgeDoor } from './edge/edge-door.ts';
import { type FailureAnswer, type MediaReader, type MediaTicket, serveTicket } from './media/index.ts';
import type { MediaCounter } from './media-counter.ts';
import { encodeTicket, TICKET_HEADER, type WorkerDoor } from './media-worker/index.ts';
import type { Observer } from './observe.ts';

export interface MediaSenderDeps {
  readonly media: MediaReader;
  readonly counter: MediaCounter;
  readonly observer: Observer;
  readonly door: WorkerDoor;
  readonly edge: EdgeDoor;
}

/** Sends media from this process, or gives the worker or the edge that asked a ticket for it. */
export type SendMedia = (
  request: FastifyRequest,
  reply: FastifyReply,
  ticket: MediaTicket,
  /** For a fault before the first byte, in the words of the interface that was asked. */
  failureOf: (error: unknown) => FailureAnswer,
) => Promise<void>;

export function createMediaSender({ media, counter, observer, door, edge }: MediaSenderDeps): SendMedia {
  return async (request, reply, ticket, failureOf) => {
    if (ticket.content.kind === 'plaintext' && edge.asks(request)) return edge.open(request, reply, ticket);
    const route = observer.routeOf(request);
    const trackKey = door.trackKeyFor(request.raw);
    if (trackKey) {
      const handed = {
        ticket,
        ...(ticket.content.kind === 'plaintext' && { trackKey: await trackKey(ticket.asset) }),
        failures: {
          passing: failureOf(describe('vault-too-few-nodes')),
          lasting: failureOf(describe('vault-asset-lost')),
        },
        route,
        requestId: request.id,
      };
      // Counted by the worker, when it has sent what the ticket is for.
      observer.leaveOut(request);
      await reply.header(TICKET_HEADER, encodeTicket(handed)).send();
      return;
    }
    reply.hijack();
    observer.leaveOut(request);
    counter.opened();
    const outcome = await serveTicket(request.raw, reply.raw, ticket, media, failureOf);
    counter.closed({ requestId: request.id, route, method: request.method, outcome });
  };
}

function describe(code: ErrorCode): ClefError {
  return new ClefError(code, errorTable[code].meaning);
}
