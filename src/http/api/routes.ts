import cookiePlugin from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Route, routes } from '../../api/index.ts';
import { socketRoute } from '../playback/index.ts';
import { type CoverRouteDeps, coverRoute } from './cover-route.ts';
import { createEventHub, eventsRoute, type NewsSources, tellNews } from './events/index.ts';
import { createGate, type GateDeps } from './gate.ts';
import type { RouteName } from './handler.ts';
import { createHandlers, type HandlerDeps } from './handlers/index.ts';
import { mountRoute } from './mount.ts';
import { openApiRoute } from './openapi-route.ts';
import { answerWithProblems } from './problem.ts';
import { createSessionCookie } from './session-cookie.ts';
import { uploadPartRoute } from './upload-part-route.ts';
import { createVaultSurvey, type VaultSurveyDeps } from './vault-survey.ts';

export type ApiDeps = Omit<HandlerDeps, 'cookie' | 'hub' | 'survey'> &
  CoverRouteDeps &
  Pick<GateDeps, 'authenticator'> &
  VaultSurveyDeps &
  Omit<NewsSources, 'survey'> & { readonly log: Pick<Logger, 'error'> };

export interface ApiSettings {
  readonly baseUrl: string | undefined;
  readonly basePath: string;
  readonly leaveOut: (request: FastifyRequest) => void;
}

/** The native API. Its cookies and its JSON mean nothing outside of `/api/v1`. */
export function apiRoutes(
  app: FastifyInstance,
  deps: ApiDeps,
  { baseUrl, basePath, leaveOut }: ApiSettings,
): void {
  const cookie = createSessionCookie({ basePath, now: deps.now });
  const gate = createGate({ sessions: deps.sessions, authenticator: deps.authenticator, cookie, baseUrl });
  const hub = createEventHub({
    sessions: deps.sessions,
    onFailure: (error) => deps.log.error({ err: error }, 'a session could not be looked at'),
  });
  const survey = createVaultSurvey(deps);
  const handlers = createHandlers({ ...deps, cookie, hub, survey });
  const stopNews = tellNews(hub, { ...deps, survey });
  app.addHook('preClose', (done) => {
    stopNews();
    hub.close();
    done();
  });

  void app.register(
    (scope, _options, done) => {
      answerWithProblems(scope);
      void scope.register(cookiePlugin);
      readJsonOnly(scope);
      for (const [name, handle] of Object.entries(handlers)) {
        // The table of handlers is typed by the table of routes, name by name.
        mountRoute<Route>(scope, gate, routes[name as RouteName], handle);
      }
      coverRoute(scope, gate, deps);
      uploadPartRoute(scope, gate, deps);
      openApiRoute(scope);
      socketRoute(scope);
      eventsRoute(scope, { gate, hub, leaveOut });
      done();
    },
    { prefix: '/api/v1' },
  );
}

/** A form, which any page may send anywhere, is refused. */
function readJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    scope.getDefaultJsonParser('error', 'error'),
  );
}
