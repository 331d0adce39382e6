import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { MetricSource } from '../ports.ts';
import { createExposition, type Exposition } from './exposition.ts';
import type { Traffic } from './traffic.ts';

export interface MetricsRouteDeps {
  readonly traffic: Traffic;
  readonly sources: readonly MetricSource[];
  /** Opens the figures to others than this machine. */
  readonly token: string | undefined;
}

export function metricsRoute(app: FastifyInstance, { traffic, sources, token }: MetricsRouteDeps): void {
  let exposition: Promise<Exposition> | undefined;
  app.get('/metrics', { logLevel: 'warn' }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!mayScrape(request, token)) {
      return reply
        .code(403)
        .header('content-type', 'text/plain; charset=utf-8')
        .send('Metrics are for this machine, or for the bearer of CLEF_METRICS_TOKEN.\n');
    }
    exposition ??= createExposition(traffic, sources);
    const figures = await exposition;
    return reply.header('content-type', figures.contentType).send(await figures.text());
  });
}

function mayScrape(request: FastifyRequest, token: string | undefined): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined && token !== undefined) return timingSafeEqual(digest(bearer), digest(token));
  return isLoopback(request.ip) && !isForwardedByStranger(request);
}

/** A proxy that is not named as trusted speaks for somebody whom nobody knows, even from this machine. */
function isForwardedByStranger({ headers, ips }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded ?? headers.via ?? headers['x-real-ip'];
  return forwarded !== undefined && (ips?.length ?? 1) <= 1;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
