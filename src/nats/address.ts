/** Where NATS is, and as whom Clef signs in there. */
export interface NatsAddress {
  /** `host:port` each; those that a cluster has besides make themselves known. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

const DEFAULT_PORT = '4222';

/**
 * Of `nats://user:password@host:4222,nats://other` or `tls://…`; one name without a password is a token. Undefined for
 * anything else, and where two of them say different things.
 */
export function parseNatsAddress(text: string): NatsAddress | undefined {
  const parts = text.split(',').map((part) => part.trim());
  if (!parts.every((part) => URL.canParse(part))) return undefined;
  const urls = parts.map((part) => new URL(part));
  const [first] = urls;
  if (!first || !/^(?:nats|tls):$/.test(first.protocol)) return undefined;
  const isPlain = urls.every(({ hostname, pathname, search, hash }) => {
    return hostname !== '' && /^\/?$/.test(pathname) && search === '' && hash === '';
  });
  const areAlike = urls.every(({ protocol, username, password }) => {
    const isAnonymous = username === '' && password === '';
    const isSame = username === first.username && password === first.password;
    return protocol === first.protocol && (isAnonymous || isSame);
  });
  if (!isPlain || !areAlike) return undefined;
  const name = decoded(first.username);
  const password = decoded(first.password);
  if (name === undefined || password === undefined || (name === '' && password !== '')) return undefined;
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`),
    tls: first.protocol === 'tls:',
    ...(password === '' ? name !== '' && { token: name } : { user: name, password }),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
