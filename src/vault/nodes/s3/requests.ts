import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { type Bytes, ClefError } from '../../../core/index.ts';
import { untilAborted } from '../../abort.ts';
import { type S3Address, type S3Credentials, urlOf } from './address.ts';
import { Patience, S3Answer } from './answer.ts';
import { codeOfError } from './documents.ts';

export interface S3Request {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Below the node's prefix; undefined: the bucket itself. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  readonly signal?: AbortSignal | undefined;
}

export interface S3RequestsOptions {
  readonly address: S3Address;
  readonly credentials: S3Credentials;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
  /** An engine that says nothing for so long is away. Default 5 s. */
  readonly idleMs?: number;
}

const DEFAULT_IDLE_MS = 5_000;
/** What is sent may take as long as this many bytes a millisecond would. */
const SLOWEST_BYTES_PER_MS = 64;
const MOST_TRIES = 4;
const FIRST_WAIT_MS = 50;
/** Clocks further apart are set right; engines allow 15 minutes. */
const LARGEST_SKEW_MS = 60_000;
/** It may pass by itself. */
const PASSING = new Set([429, 500, 502, 503, 504]);
/** Another request for the same name is under way (`ConditionalRequestConflict`, `OperationAborted`): neither holds yet. */
const CONFLICT = 409;

/**
 * Signed requests to one bucket (AWS Signature Version 4), tried again with growing, random pauses where the engine
 * refuses for now. Each may be sent twice, and changes nothing the second time; then the answer says that it may be
 * the second one's.
 */
export class S3Requests {
  readonly #options: S3RequestsOptions;
  readonly #idleMs: number;
  /** How far the engine's clock is ahead of this machine's: it refuses what is signed at another time. */
  #aheadMs = 0;

  constructor(options: S3RequestsOptions) {
    this.#options = options;
    this.#idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  }

  /** The engine's answer, whatever its status. Silence and what stays refused are `node-offline`. */
  async send(request: S3Request): Promise<S3Answer> {
    const { random = Math.random } = this.#options;
    let mayBeDone = false;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === MOST_TRIES;
      const answer = await this.#sendOnce(request, isLast, mayBeDone);
      if (answer && (isLast || !(await this.#isWorthAnotherTry(answer)))) return answer;
      mayBeDone ||= !answer || answer.status >= 500;
      await answer?.[Symbol.asyncDispose]();
      await untilAborted(wait(random() * FIRST_WAIT_MS * 2 ** attempt), request.signal);
    }
  }

  /** Undefined where no connection came about, or it broke before an answer. */
  async #sendOnce(request: S3Request, isLast: boolean, mayBeDone: boolean): Promise<S3Answer | undefined> {
    const { body, signal } = request;
    signal?.throwIfAborted();
    const patience = new Patience(signal, this.#idleMs + (body?.length ?? 0) / SLOWEST_BYTES_PER_MS);
    try {
      const { url, init } = await this.#sign(request);
      const { fetch: send = fetch } = this.#options;
      const response = await send(url, { ...init, redirect: 'manual', signal: patience.signal });
      patience.renew(this.#idleMs);
      return new S3Answer(response, patience, this.#idleMs, mayBeDone);
    } catch (cause) {
      patience[Symbol.dispose]();
      signal?.throwIfAborted();
      if (patience.ranOut) throw new ClefError('node-offline', 'a bucket does not answer', { cause });
      if (isLast) throw new ClefError('node-offline', 'a bucket cannot be reached', { cause });
      return undefined;
    }
  }

  async #sign({ method, name, query, headers, body }: S3Request) {
    const { address, credentials, now } = this.#options;
    const key = name === undefined ? '' : address.prefix + name;
    const signed = await new AwsV4Signer({
      ...credentials,
      method,
      url: urlOf(address, key, new URLSearchParams(query)),
      headers: { ...headers, 'x-amz-content-sha256': hexSha256(body ?? new Uint8Array(0)) },
      service: 's3',
      region: address.region,
      datetime: new Date(now() + this.#aheadMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    }).sign();
    // Nothing on the way may pack what is asked for by its bytes.
    signed.headers.set('accept-encoding', 'identity');
    return { url: signed.url, init: { method, headers: signed.headers, ...(body && { body }) } };
  }

  async #isWorthAnotherTry(answer: S3Answer): Promise<boolean> {
    if (PASSING.has(answer.status) || answer.status === CONFLICT) return true;
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (answer.status !== 403 || Number.isNaN(date)) return false;
    const aheadMs = date - this.#options.now();
    // A refusal for its time is told from others by the clocks alone: the answer is for the caller to read.
    const isSkewed = Math.abs(aheadMs - this.#aheadMs) > LARGEST_SKEW_MS;
    if (isSkewed) this.#aheadMs = aheadMs;
    return isSkewed;
  }
}

function hexSha256(bytes: Bytes): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a refusal is to the caller of a node. Reads the answer's body. */
export async function faultOf(answer: S3Answer, what: string): Promise<ClefError> {
  const text = await answer.text().catch(() => {
    answer.throwIfGivenUp();
    return '';
  });
  return faultIn(answer.status, text, what);
}

/** As `faultOf`, of an answer that was read. */
export function faultIn(status: number, text: string, what: string): ClefError {
  const code = codeOfError(text);
  const said = `${what} was answered with ${status}${code === undefined ? '' : ` ${code}`}`;
  if (code !== undefined && FULL.has(code)) return new ClefError('node-full', said);
  const unproven = UNPROVEN.get(code ?? '');
  if (unproven !== undefined || status === 401 || status === 403)
    return new ClefError('node-offline', `${unproven ?? REFUSED}: ${said}`);
  if (code === 'NoSuchBucket') return new ClefError('node-offline', `a bucket is not there: ${said}`);
  if (PASSING.has(status)) return new ClefError('node-offline', said);
  return new ClefError('node-io', said);
}

const EXPIRED = 'the credentials of a bucket have expired';
const REFUSED = 'a bucket refuses its credentials';
const SKEWED = "a bucket's clock and that of this machine are too far apart";

/** Of who asks, not of what is asked for (Amazon S3 API Reference, error responses): some come with 400. */
const UNPROVEN: ReadonlyMap<string, string> = new Map([
  ['AuthorizationHeaderMalformed', REFUSED],
  ['ExpiredToken', EXPIRED],
  ['InvalidToken', REFUSED],
  ['RequestExpired', SKEWED],
  ['RequestTimeTooSkewed', SKEWED],
  ['TokenRefreshRequired', EXPIRED],
]);

const FULL = new Set(['QuotaExceeded', 'InsufficientStorage', 'StorageFull', 'XMinioStorageFull']);
