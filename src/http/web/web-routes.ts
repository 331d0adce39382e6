import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { evaluatePreconditions } from '../media/index.ts';
import { type Encoding, readWebFiles, type WebFile, type WebFiles } from './web-files.ts';

/** Nothing from elsewhere, nothing inline, nothing evaluated; `blob:` for decrypted covers and sound. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
];

/** For workers too, which have policies of their own and must not be weaker than their page's. */
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
} as const;

export interface WebRouteDeps {
  /** What the build made; may be absent. */
  readonly folder: string | undefined;
  readonly basePath: string;
  /** Addresses of gateways that pages may speak to, besides this server. */
  readonly sockets: readonly string[];
  /** Answers `/` where no player was built. */
  readonly landing: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/**
 * The web player: its files, and its page at every address that a person may open and nothing else answers. The
 * player itself finds out from the address what to show.
 */
export function webRoutes(app: FastifyInstance, { folder, basePath, sockets, landing }: WebRouteDeps): void {
  const policy = [...POLICY, ["connect-src 'self'", ...sockets].join(' ')].join('; ');
  const headers = { ...HEADERS, 'content-security-policy': policy };
  let reading: Promise<WebFiles | undefined> | undefined;
  const webFiles = () =>
    (reading ??= folder === undefined ? Promise.resolve(undefined) : readWebFiles(folder, basePath));

  app.route({
    method: ['GET', 'HEAD'],
    url: '/',
    logLevel: 'warn',
    handler: async (request, reply) => {
      const web = await webFiles();
      return web ? sendFile(request, reply, { file: web.index, headers }) : landing(request, reply);
    },
  });
  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/*',
    logLevel: 'warn',
    handler: async (request, reply) => {
      const web = await webFiles();
      const file =
        web?.files.get(request.params['*']) ?? (isOpenedByPerson(request) ? web?.index : undefined);
      if (!file) {
        reply.callNotFound();
        return reply;
      }
      return sendFile(request, reply, { file, headers });
    },
  });
}

/** A script or picture that is gone must fail as such, and not turn out to be a page. */
function isOpenedByPerson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') ?? false;
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, headers }: { readonly file: WebFile; readonly headers: Readonly<Record<string, string>> },
): FastifyReply {
  const encoding = encodingFor(request, file);
  const etag = `"${file.tag}${encoding === undefined ? '' : `-${encoding}`}"`;
  reply
    .headers(headers)
    .header('etag', etag)
    .header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (evaluatePreconditions(request.headers, { etag }) === 'not-modified') return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  const bytes = (encoding && file.encoded[encoding]) ?? file.bytes;
  return reply.header('content-type', file.mediaType).send(bytes);
}

/** The build made a copy only where it is smaller. */
function encodingFor({ headers }: FastifyRequest, { encoded }: WebFile): Encoding | undefined {
  const accepted = headers['accept-encoding'];
  const text = Array.isArray(accepted) ? accepted.join(',') : (accepted ?? '');
  const isAccepted = (encoding: Encoding) =>
    new RegExp(`(?:^|[,\\s])${encoding}\\s*(?:$|,|;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$)))`).test(text);
  return (['br', 'gzip'] as const).find(
    (encoding) => encoded[encoding] !== undefined && isAccepted(encoding),
  );
}
