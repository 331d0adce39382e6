import type {
  Agent,
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { httpRequest } from '../node-http.ts';
import { CLIENT_HEADER, TICKET_HEADER, WORKER_HEADER } from './handed-ticket.ts';

export interface RelayOptions {
  readonly agent: Agent;
  /** Where the main process answers. */
  readonly socketPath: string;
  readonly secret: string;
}

/** A ticket has some 2 KB, and 32 columns make it 4. */
const MAX_ANSWER_HEADER_BYTES = 32 * 2 ** 10;

/** Meant for one connection only, RFC 9110 section 7.6.1, or answered by the worker itself; and what only this program says. */
const NOT_FORWARDED = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  TICKET_HEADER,
  WORKER_HEADER,
  CLIENT_HEADER,
]);
/** Of the empty answer that brings a ticket. */
const NOT_OF_TICKET = new Set(['content-length', 'content-type', 'cache-control', 'date']);

/** Passes a request on to the main process. Rejects where that does not answer, or the client went away before. */
export function askMain(
  request: IncomingMessage,
  response: ServerResponse,
  options: RelayOptions,
): Promise<IncomingMessage> {
  // Node would not frame the body of a GET, and its bytes would pass for a request of their own.
  const framing = 'transfer-encoding' in request.headers ? { 'transfer-encoding': 'chunked' } : {};
  const { question, said } = ask(request, options, framing);
  response.once('close', () => {
    if (!response.writableFinished) question.destroy();
  });
  request.pipe(question);
  return said;
}

/** Asks once more what was asked before, without a body. Rejects where the main process does not answer. */
export function askMainAgain(request: IncomingMessage, options: RelayOptions): Promise<IncomingMessage> {
  const { question, said } = ask(request, options, {});
  question.end();
  return said;
}

/** The question as it was asked, still to be ended, and what the main process will say. */
function ask(
  request: IncomingMessage,
  { agent, socketPath, secret }: RelayOptions,
  framing: OutgoingHttpHeaders,
): { readonly question: ClientRequest; readonly said: Promise<IncomingMessage> } {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const question = httpRequest({
    agent,
    socketPath,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    headers: {
      ...endToEnd(request.headers),
      ...framing,
      [WORKER_HEADER]: secret,
      [CLIENT_HEADER]: request.socket.remoteAddress ?? '',
    },
  });
  question.once('response', resolve);
  question.once('error', reject);
  return { question, said: promise };
}

/** What `relaySocket` is for. */
export function asksForSocket({ headers }: IncomingMessage): boolean {
  return /^websocket$/i.test(headers.upgrade ?? '');
}

/** Passes on a request to become a socket, and then whatever goes either way. */
export function relaySocket(
  request: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  { socketPath, secret }: Omit<RelayOptions, 'agent'>,
): void {
  const question = httpRequest({
    agent: false,
    socketPath,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: {
      ...endToEnd(request.headers),
      connection: 'upgrade',
      upgrade: 'websocket',
      [WORKER_HEADER]: secret,
      [CLIENT_HEADER]: request.socket.remoteAddress ?? '',
    },
  });
  const cut = (): void => {
    question.destroy();
    connection.destroy();
  };
  connection.once('error', cut).once('close', cut);
  question.once('error', cut);
  question.once('upgrade', (answer, upstream, first) => {
    connection.write(`${headOf(answer, { connection: 'upgrade', upgrade: 'websocket' })}\r\n`);
    if (first.length > 0) connection.write(first);
    if (head.length > 0) upstream.write(head);
    Promise.all([pipeline(connection, upstream), pipeline(upstream, connection)]).catch(cut);
  });
  question.once('response', (answer) => {
    connection.write(`${headOf(answer, { connection: 'close' })}\r\n`);
    pipeline(answer, connection).catch(cut);
  });
  question.end();
}

/** The body of what is no socket goes to its end as it is, and ends the connection. */
function headOf(
  { statusCode = 502, statusMessage = '', headers }: IncomingMessage,
  own: IncomingHttpHeaders,
) {
  const fields = Object.entries({ ...endToEnd(headers), ...own }).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${String(one)}\r\n`),
  );
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${fields.join('')}`;
}

/** Sends what the main process answered, as fast as the client takes it. */
export async function forwardAnswer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  await pipeline(answer, response);
}

/** What the main process says of every answer also goes for the one that a ticket is for. */
export function takeHeaders(answer: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(endToEnd(answer.headers))) {
    if (value !== undefined && !NOT_OF_TICKET.has(name)) response.setHeader(name, value);
  }
}

/**
 * What `Connection` names besides goes on like all others: both ends of this hop are one server, whose main process
 * is to see what its worker saw. To obey would let a client take out what frames its body, so that its rest passes
 * for a request of its own, or what a proxy said of it.
 */
function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name)));
}
