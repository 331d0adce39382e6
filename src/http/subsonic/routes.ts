import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendPicture } from '../covers/index.ts';
import type { FailureAnswer } from '../media/index.ts';
import type { SendMedia } from '../media-sender.ts';
import type { SubsonicApi, SubsonicRequest } from './api.ts';
import type { Params } from './params.ts';

export interface SubsonicRouteDeps {
  readonly api: SubsonicApi;
  readonly sendMedia: SendMedia;
}

type EndpointRequest = FastifyRequest<{ Params: { endpoint: string } }>;

/**
 * `/rest/…` by GET, HEAD and form POST. Pages of other origins may call it: a call carries its own
 * credentials, and no cookie counts here.
 */
export function subsonicRoutes(app: FastifyInstance, { api, sendMedia }: SubsonicRouteDeps): void {
  async function handle(request: EndpointRequest, reply: FastifyReply): Promise<FastifyReply> {
    allowOtherOrigins(reply);
    const call = callOf(request);
    const answer = await api.answer(call);
    switch (answer.kind) {
      case 'media':
        await sendMedia(request, reply, answer.ticket, (error) => api.failure(call, error));
        return reply;
      case 'picture':
        return sendPicture(request, reply, answer);
      default:
        if (answer.fault !== undefined)
          request.log.error({ reqId: request.id, err: answer.fault }, 'a call failed');
        return sendDocument(reply, answer);
    }
  }

  app.route({ method: ['GET', 'HEAD', 'POST'], url: '/rest/:endpoint', handler: handle });
  app.options('/rest/:endpoint', (_request, reply) => {
    allowOtherOrigins(reply);
    return reply
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': 'Content-Type, Range, If-Range, If-None-Match, If-Modified-Since',
        'access-control-max-age': '86400',
      })
      .code(204)
      .send();
  });
}

/** A failure that showed before a call could be answered, as the document that players understand. */
export function sendSubsonicFailure(
  api: SubsonicApi,
  request: EndpointRequest,
  reply: FastifyReply,
  { error, httpStatus }: { readonly error: unknown; readonly httpStatus: number },
): FastifyReply {
  allowOtherOrigins(reply);
  return sendDocument(reply, { ...api.failure(callOf(request), error), httpStatus });
}

/** A form counts before the query where both name a parameter. */
function callOf(request: EndpointRequest): SubsonicRequest {
  const query = request.query as Params;
  const form = request.body as Params | null | undefined;
  return {
    endpoint: request.params.endpoint,
    params: form ? { ...query, ...form } : query,
    address: request.ip,
    authorization: request.headers.authorization,
  };
}

/** The address of an answer holds credentials, so that no cache may keep it. */
function sendDocument(reply: FastifyReply, { httpStatus, contentType, body }: FailureAnswer): FastifyReply {
  return reply
    .code(httpStatus)
    .header('cache-control', 'no-store')
    .header('content-type', contentType)
    .send(body);
}

/** On the raw response, since media answers bypass Fastify's reply. */
function allowOtherOrigins(reply: FastifyReply): void {
  reply.raw.setHeader('access-control-allow-origin', '*');
  reply.raw.setHeader('access-control-expose-headers', 'Accept-Ranges, Content-Length, Content-Range, ETag');
  reply.raw.setHeader('cross-origin-resource-policy', 'cross-origin');
}
