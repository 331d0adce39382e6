import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClefError, type ErrorCode } from '../core/index.ts';
import { type Failure, failureOf } from './failure-of.ts';
import type { Observer } from './observe.ts';
import { type SubsonicApi, sendSubsonicFailure } from './subsonic/index.ts';

/** What goes wrong before or beside a handler: in Subsonic's form to players, in Clef's to all others. */
export function handleFailures(app: FastifyInstance, api: SubsonicApi, observer: Observer): void {
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const failure = failureOf(thrown, 'a form: application/x-www-form-urlencoded');
    if (failure.httpStatus >= 500) request.log.error({ reqId: request.id, err: thrown }, 'a request failed');
    return observer.isSubsonic(request)
      ? sendSubsonicFailure(api, request as FastifyRequest<{ Params: { endpoint: string } }>, reply, failure)
      : send(reply, failure);
  });
  app.setNotFoundHandler((_request, reply) =>
    send(reply, { error: new ClefError('not-found', 'nothing is at this address'), httpStatus: 404 }),
  );
}

function send(reply: FastifyReply, { error, httpStatus }: Failure): FastifyReply {
  const body: { code: ErrorCode; message: string } = { code: error.code, message: error.message };
  return reply
    .code(httpStatus)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(body));
}
