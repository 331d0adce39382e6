import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClefError, type ErrorCode, errorTable, isClefError } from '../core/index.ts';
import type { Observer } from './observe.ts';
import { type SubsonicApi, sendSubsonicFailure } from './subsonic/index.ts';

interface Failure {
  readonly error: ClefError;
  readonly httpStatus: number;
}

/** What goes wrong before or beside a handler: in Subsonic's form to players, in Clef's to all others. */
export function handleFailures(app: FastifyInstance, api: SubsonicApi, observer: Observer): void {
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const failure = failureOf(thrown);
    if (failure.httpStatus >= 500) request.log.error({ reqId: request.id, err: thrown }, 'a request failed');
    return observer.isSubsonic(request)
      ? sendSubsonicFailure(api, request as FastifyRequest<{ Params: { endpoint: string } }>, reply, failure)
      : send(reply, failure);
  });
  app.setNotFoundHandler((_request, reply) =>
    send(reply, { error: new ClefError('not-found', 'nothing is at this address'), httpStatus: 404 }),
  );
}

function failureOf(thrown: FastifyError): Failure {
  const { statusCode } = thrown;
  if (isClefError(thrown)) {
    return { error: thrown, httpStatus: statusCode ?? errorTable[thrown.code].httpStatus };
  }
  const status = statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return { error: new ClefError('bad-request', describe(status)), httpStatus: status };
  }
  return { error: new ClefError('internal', errorTable.internal.meaning), httpStatus: 500 };
}

/** Fastify's own messages may repeat what was sent. */
function describe(status: number): string {
  switch (status) {
    case 413:
      return 'the body is too long';
    case 415:
      return 'a body must be a form: application/x-www-form-urlencoded';
    default:
      return 'the request is malformed';
  }
}

function send(reply: FastifyReply, { error, httpStatus }: Failure): FastifyReply {
  const body: { code: ErrorCode; message: string } = { code: error.code, message: error.message };
  return reply
    .code(httpStatus)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(body));
}
