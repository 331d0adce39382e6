import type { FastifyReply, FastifyRequest } from 'fastify';
import { evaluatePreconditions } from '../media/index.ts';
import type { ServedPicture } from './covers.ts';

/** Answers with a picture, or that the client has it already. */
export function sendPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  { picture, cacheControl }: { readonly picture: ServedPicture; readonly cacheControl: string },
): FastifyReply {
  reply.header('etag', picture.etag).header('cache-control', cacheControl);
  const precondition = evaluatePreconditions(request.headers, { etag: picture.etag });
  if (precondition === 'not-modified') return reply.code(304).send();
  if (precondition === 'failed') return reply.code(412).send();
  return reply.header('content-type', picture.mediaType).send(asBuffer(picture.bytes));
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
