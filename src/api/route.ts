import type * as v from 'valibot';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call: anyone, whoever is signed in by a cookie session, or an administrator so signed in. `program`: a cookie
 * session, or an API key in an `Authorization: Bearer` header.
 */
export type Access = 'public' | 'session' | 'program' | 'admin';

type AnySchema = v.GenericSchema<unknown, unknown>;
type ObjectSchema = v.GenericSchema<Record<string, unknown>, Record<string, unknown>>;

/**
 * One operation of the native API: its address, who may call it, and the shapes that go in and out. Server, web
 * player and the OpenAPI description are all made from it, so that they cannot differ.
 */
export interface Route {
  readonly method: Method;
  /** Below `/api/v1`; `:name` stands for a parameter. */
  readonly path: `/${string}`;
  readonly access: Access;
  /** One sentence for the description. */
  readonly summary: string;
  /** Values of `:name` parts; all are strings. */
  readonly params?: ObjectSchema;
  /** What follows `?`; values are strings and are parsed by the schema. */
  readonly query?: ObjectSchema;
  readonly body?: AnySchema;
  /** Absent: 204 without a body. */
  readonly answer?: AnySchema;
}

/** Only fixes the type: `defineRoute({...})` keeps what the literal says. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}

type Output<S> = S extends v.GenericSchema<unknown, infer O> ? O : undefined;
type Input<S> = S extends v.GenericSchema<infer I, unknown> ? I : undefined;

/** What a handler gets, parsed. */
export interface RouteInput<R extends Route> {
  readonly params: Output<R['params']>;
  readonly query: Output<R['query']>;
  readonly body: Output<R['body']>;
}

/** What a caller gives. */
export type CallInput<R extends Route> = ([R['params']] extends [AnySchema]
  ? { readonly params: Input<R['params']> }
  : { readonly params?: undefined }) &
  ([R['query']] extends [AnySchema]
    ? { readonly query?: Input<R['query']> }
    : { readonly query?: undefined }) &
  ([R['body']] extends [AnySchema] ? { readonly body: Input<R['body']> } : { readonly body?: undefined });

export type RouteAnswer<R extends Route> = [R['answer']] extends [AnySchema] ? Output<R['answer']> : void;
