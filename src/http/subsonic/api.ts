import type { Authenticator } from '../../accounts/index.ts';
import { ClefError, errorTable, isClefError } from '../../core/index.ts';
import type { ServedPicture } from '../covers/index.ts';
import type { FailureAnswer, MediaTicket } from '../media/index.ts';
import { presentedCredentials } from './credentials.ts';
import type { Answer, Call } from './endpoint.ts';
import {
  allEndpoints,
  type EndpointDeps,
  MEDIA_ENDPOINTS,
  openSubsonicExtensions,
} from './endpoints/index.ts';
import { type Params, requiredText } from './params.ts';
import {
  failureDocument,
  formatForFailure,
  formatOf,
  renderDocument,
  successDocument,
} from './render/index.ts';

/** Plain data, so that a call can come from another process. */
export interface SubsonicRequest {
  /** The name in the address, with or without `.view`. */
  readonly endpoint: string;
  readonly params: Params;
  /** The client's, as far as proxies are trusted. */
  readonly address: string;
  /** The header of this name. */
  readonly authorization?: string | undefined;
}

export type SubsonicAnswer =
  | (FailureAnswer & {
      readonly kind: 'document';
      /** Why the call failed, where that is Clef's own fault. */
      readonly fault?: unknown;
    })
  | { readonly kind: 'media'; readonly ticket: MediaTicket }
  | { readonly kind: 'picture'; readonly picture: ServedPicture; readonly cacheControl: string };

export interface SubsonicApi {
  /** Never rejects: what goes wrong is a document too. */
  answer(request: SubsonicRequest): Promise<SubsonicAnswer>;
  /** What a client is told of a failure outside of `answer`. */
  failure(request: Pick<SubsonicRequest, 'endpoint' | 'params'>, error: unknown): FailureAnswer;
  /** The endpoint as Clef knows it, for logs and figures; undefined for any other text. */
  knownName(endpoint: string): string | undefined;
}

export interface SubsonicDeps extends EndpointDeps {
  readonly authenticator: Authenticator;
  readonly serverVersion: string;
}

const PUBLIC_ENDPOINT = 'getOpenSubsonicExtensions';

/** The OpenSubsonic interface, apart from how a call arrives and how its answer leaves. */
export function createSubsonicApi(deps: SubsonicDeps): SubsonicApi {
  const { authenticator, serverVersion } = deps;
  const endpoints = new Map(Object.entries(allEndpoints(deps)));

  async function run({ endpoint, params, address, authorization }: SubsonicRequest): Promise<Answer> {
    const name = withoutView(endpoint);
    if (name === PUBLIC_ENDPOINT) return { kind: 'document', payload: openSubsonicExtensions() };
    const handle = endpoints.get(name);
    if (!handle) throw new ClefError('not-found', 'Clef has no endpoint of this name');
    requiredText(params, 'v');
    const clientName = requiredText(params, 'c');
    const credentials = presentedCredentials(params, authorization);
    const { account } = await authenticator.authenticate(credentials, { address });
    const call: Call = { account, clientName, params, signedInWith: credentials.kind };
    return handle(call);
  }

  function failure(
    { endpoint, params }: Pick<SubsonicRequest, 'endpoint' | 'params'>,
    error: unknown,
  ): FailureAnswer {
    const rendered = renderDocument(failureDocument(error, serverVersion), formatForFailure(params));
    return { httpStatus: failureStatus(withoutView(endpoint), error), ...rendered };
  }

  /** Subsonic tells of failures in the body, under status 200. */
  function failureStatus(name: string, error: unknown): number {
    if (name !== PUBLIC_ENDPOINT && !endpoints.has(name)) return 404;
    const { httpStatus } = errorTable[isClefError(error) ? error.code : 'internal'];
    return MEDIA_ENDPOINTS.has(name) && httpStatus >= 500 ? httpStatus : 200;
  }

  return {
    async answer(request) {
      try {
        const format = formatOf(request.params);
        const answer = await run(request);
        if (answer.kind !== 'document') return answer;
        const rendered = renderDocument(successDocument(answer.payload, serverVersion), format);
        return { kind: 'document', httpStatus: 200, ...rendered };
      } catch (error) {
        return {
          kind: 'document',
          ...failure(request, error),
          ...(isOwnFault(error) ? { fault: error } : {}),
        };
      }
    },
    failure,
    knownName(endpoint) {
      const name = withoutView(endpoint);
      return name === PUBLIC_ENDPOINT || endpoints.has(name) ? name : undefined;
    },
  };
}

function isOwnFault(error: unknown): boolean {
  return !isClefError(error) || errorTable[error.code].httpStatus >= 500;
}

function withoutView(endpoint: string): string {
  return endpoint.endsWith('.view') ? endpoint.slice(0, -'.view'.length) : endpoint;
}
