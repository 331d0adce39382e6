import * as v from 'valibot';
import { failure } from './failure.ts';
import { API_PATH, CSRF_HEADER, OFFSET_HEADER, uploadPartPath } from './paths.ts';
import type { CallInput, Route, RouteAnswer } from './route.ts';
import type { Upload } from './upload-routes.ts';

/** An answer of 400 and above, or none at all (`status` 0). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;

  constructor({ code, title, status, retryable }: v.InferOutput<typeof failure>, options?: ErrorOptions) {
    super(title, options);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.retryable = retryable;
  }
}

export type Call = <R extends Route>(
  route: R,
  input: CallInput<R>,
  signal?: AbortSignal,
) => Promise<RouteAnswer<R>>;

export interface ClientOptions {
  /** Where `/api/v1` lies: the path that Clef is served under, without a slash at its end. */
  readonly basePath: string;
  readonly fetch?: typeof fetch;
}

/** Calls routes, and trusts the shape of answers: they come from the same release. Throws `ApiError`. */
export function createClient({ basePath, fetch: send = fetch }: ClientOptions): Call {
  return async (route, input, signal) => {
    const { params, query, body } = input as {
      params?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
    };
    const url = `${basePath}${API_PATH}${pathOf(route.path, params ?? {})}${queryOf(query ?? {})}`;
    const response = await answerOf(send, url, {
      method: route.method,
      headers: { [CSRF_HEADER]: '1', ...(body !== undefined && { 'content-type': 'application/json' }) },
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return (response.status === 204 ? undefined : await response.json()) as never;
  };
}

/** A stretch of a file, and the SHA-256 of its bytes. */
export interface UploadPart {
  readonly id: string;
  readonly offsetBytes: number;
  readonly bytes: ArrayBuffer;
  readonly digest: ArrayBuffer;
}

/** Sends parts of uploads, which are no JSON. Throws `ApiError`. */
export function createPartSender({ basePath, fetch: send = fetch }: ClientOptions) {
  return async ({ id, offsetBytes, bytes, digest }: UploadPart, signal?: AbortSignal): Promise<Upload> => {
    const response = await answerOf(send, `${basePath}${API_PATH}${uploadPartPath(id)}`, {
      method: 'PATCH',
      headers: {
        [CSRF_HEADER]: '1',
        [OFFSET_HEADER]: String(offsetBytes),
        'content-type': 'application/octet-stream',
        // RFC 9530 section 2; the digest in base64, with padding.
        'content-digest': `sha-256=:${new Uint8Array(digest).toBase64()}:`,
      },
      credentials: 'same-origin',
      body: bytes,
      ...(signal && { signal }),
    });
    return (await response.json()) as Upload;
  };
}

async function answerOf(send: typeof fetch, url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await send(url, init);
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw new ApiError(
      { code: 'unreachable', title: 'the server does not answer', status: 0, retryable: true },
      { cause },
    );
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

function pathOf(path: string, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_match, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryOf(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

async function errorOf(response: Response): Promise<ApiError> {
  const said = v.safeParse(failure, await response.json().catch(() => undefined));
  if (said.success) return new ApiError(said.output);
  const { status } = response;
  const retryable = status >= 500 || status === 429;
  return new ApiError({ code: 'internal', title: `the server answered ${status}`, status, retryable });
}
