const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The API key in an `Authorization` header (RFC 6750 section 2.1), where there is one. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}
