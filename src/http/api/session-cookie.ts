import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveSession } from '../../accounts/index.ts';

const COOKIE_NAME = 'clef_session';

/** The session's token as a browser keeps it: no script reads it, no other site sends it. */
export interface SessionCookie {
  /** What the browser shows, if anything; not yet known to be a token. */
  read(request: FastifyRequest): string | undefined;
  set(request: FastifyRequest, reply: FastifyReply, token: string, session: LiveSession): void;
  clear(request: FastifyRequest, reply: FastifyReply): void;
}

export interface SessionCookieOptions {
  readonly basePath: string;
  readonly now: () => number;
}

export function createSessionCookie({ basePath, now }: SessionCookieOptions): SessionCookie {
  /** Over plain HTTP it must do without `secure`, or the browser drops it. */
  function attributes({ protocol }: FastifyRequest): CookieSerializeOptions {
    return {
      path: basePath === '' ? '/' : basePath,
      httpOnly: true,
      sameSite: 'strict',
      secure: protocol === 'https',
    };
  }

  return {
    read: ({ cookies }) => cookies[COOKIE_NAME],
    set(request, reply, token, { expiresAtMs }) {
      const maxAge = Math.max(0, Math.floor((expiresAtMs - now()) / 1_000));
      reply.setCookie(COOKIE_NAME, token, { ...attributes(request), maxAge });
    },
    clear(request, reply) {
      reply.clearCookie(COOKIE_NAME, attributes(request));
    },
  };
}
