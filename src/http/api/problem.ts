import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Failure as Problem } from '../../api/index.ts';
import { ClefError, errorTable } from '../../core/index.ts';
import { type Failure, failureOf } from '../failure-of.ts';

/** Whatever goes wrong below the scope is told as RFC 9457 has it. */
export function answerWithProblems(scope: FastifyInstance): void {
  scope.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const failure = failureOf(thrown, 'JSON: application/json');
    if (failure.httpStatus >= 500) request.log.error({ reqId: request.id, err: thrown }, 'a request failed');
    return sendProblem(reply, failure);
  });
  scope.all('/*', () => {
    throw new ClefError('not-found', 'nothing is at this address');
  });
}

function sendProblem(reply: FastifyReply, { error, httpStatus }: Failure): FastifyReply {
  const { retryable } = errorTable[error.code];
  const problem: Problem = { code: error.code, title: error.message, status: httpStatus, retryable };
  return reply
    .code(httpStatus)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
