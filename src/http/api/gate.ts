import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator, Sessions } from '../../accounts/index.ts';
import { type Access, CSRF_HEADER, type Method } from '../../api/index.ts';
import { ClefError } from '../../core/index.ts';
import { bearerKey } from '../bearer-key.ts';
import type { ProgramViewer, Viewer, ViewerOf } from './handler.ts';
import type { SessionCookie } from './session-cookie.ts';

export interface GateDeps {
  readonly sessions: Pick<Sessions, 'resolve'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly cookie: SessionCookie;
  /** CLEF_BASE_URL, whose origin counts as the server's own. */
  readonly baseUrl: string | undefined;
}

/** Decides, before a body is read, whether a request may go on; answers who is signed in. */
export interface Gate {
  /** `foreign-request`, `not-signed-in`, `not-allowed`, or of an API key `invalid-api-key` and `too-many-attempts`. */
  admit<A extends Access>(
    request: FastifyRequest,
    reply: FastifyReply,
    rule: GateRule<A>,
  ): Promise<ViewerOf<A>>;
}

interface GateRule<A extends Access> {
  readonly method: Method;
  readonly access: A;
}

export function createGate({ sessions, authenticator, cookie, baseUrl }: GateDeps): Gate {
  const ownOrigin = baseUrl === undefined ? undefined : new URL(baseUrl).origin;

  async function viewerOf(request: FastifyRequest, reply: FastifyReply): Promise<Viewer> {
    const token = cookie.read(request);
    const session = token === undefined ? undefined : await sessions.resolve(token);
    if (token === undefined || session === undefined) {
      throw new ClefError('not-signed-in', 'sign in first, or again');
    }
    if (session.isExtended) cookie.set(request, reply, token, session);
    return { account: session.account, session };
  }

  async function programOf({ headers, ip }: FastifyRequest): Promise<ProgramViewer | undefined> {
    const key = bearerKey(headers.authorization);
    return key === undefined
      ? undefined
      : authenticator.authenticate({ kind: 'api-key', key }, { address: ip });
  }

  async function admit(
    request: FastifyRequest,
    reply: FastifyReply,
    { method, access }: GateRule<Access>,
  ): Promise<ViewerOf<Access>> {
    if (method !== 'GET' && isForeign(request, ownOrigin)) {
      throw new ClefError('foreign-request', 'only a page of this server may ask for a change');
    }
    if (access === 'public') return undefined;
    const program = access === 'program' ? await programOf(request) : undefined;
    if (program) return program;
    const viewer = await viewerOf(request, reply);
    if (access === 'admin' && viewer.account.role !== 'admin') {
      throw new ClefError('not-allowed', 'only an administrator may do that');
    }
    return viewer;
  }

  // What the compiler cannot follow: each kind of access is answered with its own kind of viewer.
  return { admit: admit as Gate['admit'] };
}

/**
 * The session cookie is SameSite=Strict, but a site is wider than an origin: ports and sister domains belong to it.
 * A foreign page cannot send the header without a preflight, which nothing here allows; what browsers
 * say of where a request comes from must agree.
 */
function isForeign({ headers, host }: FastifyRequest, ownOrigin: string | undefined): boolean {
  if (headers[CSRF_HEADER] === undefined) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return true;
  const { origin } = headers;
  return origin !== undefined && origin !== ownOrigin && hostOf(origin) !== host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
