import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account, CredentialId, LiveSession } from '../../accounts/index.ts';
import type { Access, Route, RouteAnswer, RouteInput, routes } from '../../api/index.ts';

/** Whoever is signed in by a cookie session, and by which. */
export interface Viewer {
  readonly account: Account;
  readonly session: LiveSession;
}

/** A program that came with an API key. */
export interface ProgramViewer {
  readonly account: Account;
  readonly session?: undefined;
  readonly credentialId: CredentialId;
}

/** Whoever may come to a route. */
export type ViewerOf<A extends Access> = A extends 'public'
  ? undefined
  : A extends 'program'
    ? Viewer | ProgramViewer
    : Viewer;

/** One call of a route: parsed, allowed, and by whom. */
export interface ApiCall<R extends Route> extends RouteInput<R> {
  readonly viewer: ViewerOf<R['access']>;
  /** Aborted when the client goes away before its answer. */
  readonly signal: AbortSignal;
  /** For what JSON does not say: addresses and cookies. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers a call, or throws a ClefError, which becomes a problem. */
export type Handler<R extends Route> = (call: ApiCall<R>) => RouteAnswer<R> | Promise<RouteAnswer<R>>;

type Routes = typeof routes;
export type RouteName = keyof Routes;

/** Handlers by the names of their routes. */
export type Handlers<Name extends RouteName = RouteName> = {
  readonly [N in Name]: Handler<Routes[N]>;
};
