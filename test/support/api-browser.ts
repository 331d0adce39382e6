import * as v from 'valibot';
import { expect } from 'vitest';
import { ApiError, type Call, type CallInput, createClient, type Route } from '../../src/api/index.ts';

/** A browser as far as the native API sees one: keeps the session cookie, and says where its page is from. */
export class ApiBrowser {
  readonly #baseUrl: string;
  readonly #call: Call;
  /** As in a `cookie` header; undefined before the first. */
  cookie: string | undefined;
  /** The last `set-cookie` header. */
  lastSetCookie: string | undefined;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
    const send = (url: string, init?: RequestInit) => this.fetch(url, init);
    this.#call = createClient({ basePath: '', fetch: send as typeof fetch });
  }

  /** `path` from the base path on. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== undefined) headers.set('cookie', this.cookie);
    const response = await fetch(this.#baseUrl + path, { ...init, headers });
    const set = response.headers.getSetCookie().at(-1);
    if (set !== undefined) {
      this.lastSetCookie = set;
      const [pair = ''] = set.split(';');
      this.cookie = /Max-Age=0|1970/.test(set) ? undefined : pair;
    }
    return response;
  }

  /** The answer, which must be as the table says: nothing missing, and nothing more. */
  async call<R extends Route>(route: R, input: CallInput<R>) {
    const answer = await this.#call(route, input);
    if (route.answer) expect(v.parse(route.answer, answer)).toEqual(answer);
    return answer;
  }

  /** The problem that the call must end in. */
  async problem<R extends Route>(route: R, input: CallInput<R>): Promise<ApiError> {
    const outcome = await this.#call(route, input).catch((error: unknown) => error);
    if (outcome instanceof ApiError) return outcome;
    throw new Error(`${route.method} ${route.path} was answered`, { cause: outcome });
  }
}
