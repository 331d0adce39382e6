import { createHash, X509Certificate } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClefError } from '../../core/index.ts';
import { appleProfile } from './profile.ts';
import { trustPage, trustStyle } from './trust-page.ts';

/** The household's authority, where there is one, and where Clef speaks TLS. */
export interface TrustSource {
  authority(): { readonly authorityPem: string; readonly securePort: number } | undefined;
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(trustStyle).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `/trust`: how a device comes to trust the household's authority, and the files for it. Answered over plain HTTP
 * too: who has no trust yet cannot come otherwise.
 */
export function trustRoutes(app: FastifyInstance, source: TrustSource, basePath: string): void {
  function answer(
    url: string,
    mediaType: string,
    make: (trust: Trust, request: FastifyRequest) => string | Buffer,
  ) {
    app.route({
      method: ['GET', 'HEAD'],
      url,
      logLevel: 'warn',
      handler(request, reply): FastifyReply {
        const trust = source.authority();
        if (!trust) throw new ClefError('not-found', 'this server has no authority of its own');
        return reply
          .header('cache-control', 'no-store')
          .header('content-type', mediaType)
          .header('content-security-policy', CONTENT_SECURITY_POLICY)
          .send(make(trust, request));
      },
    });
  }
  answer('/trust', 'text/html; charset=utf-8', ({ authorityPem, securePort }, { hostname }) =>
    trustPage({
      fingerprint: new X509Certificate(authorityPem).fingerprint256,
      secureAddress: `https://${hostname}:${securePort}${basePath}/`,
      basePath,
    }),
  );
  answer('/trust/clef.pem', 'application/x-pem-file', ({ authorityPem }) => authorityPem);
  answer(
    '/trust/clef.crt',
    'application/x-x509-ca-cert',
    ({ authorityPem }) => new X509Certificate(authorityPem).raw,
  );
  answer('/trust/clef.mobileconfig', 'application/x-apple-aspen-config', ({ authorityPem }) =>
    appleProfile(authorityPem),
  );
}

type Trust = NonNullable<ReturnType<TrustSource['authority']>>;
