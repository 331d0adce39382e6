/** Long enough for a restart of what is away, short enough for whoever is listening. */
const RETRY_AFTER_SECONDS = '5';

/** RFC 9110 section 10.2.3: what is away for now says when to come again. */
export function retryAfter(httpStatus: number): { readonly 'retry-after'?: string } {
  return httpStatus === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
}
