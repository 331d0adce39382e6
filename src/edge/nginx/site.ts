/** How an edge of NGINX is to be. Names, addresses and paths have letters, digits and `._/:@+-` alone. */
export interface EdgeSite {
  /** Whom its workers are, where it is started by root; NGINX's own choice otherwise. */
  readonly user?: string;
  /** `ADDRESS[:PORT]` of a DNS server, which servers that are named by hosts need. */
  readonly resolver?: string;
  /** Host names that people open; the first is where plain HTTP is sent to. */
  readonly names: readonly string[];
  /** `ADDRESS:PORT` where it listens. */
  readonly listen: string;
  /** Absent: plain HTTP, for tests and behind something that speaks TLS. */
  readonly tls?: EdgeTls;
  /** Path below which Clef answers, as in CLEF_BASE_URL; `''` for all of it, otherwise with a slash at its beginning alone. */
  readonly basePath: string;
  /** For its process id, logs and caches; it has to be there. */
  readonly folder: string;
  /** Where Debian and others keep `ndk_http_module.so` and `ngx_http_lua_module.so`. */
  readonly modules: string;
  /** Of sealed chunks, at most. */
  readonly cacheMib: number;
  /** Addresses or networks of balancers in front, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  readonly trustedProxies?: readonly string[];
  /** At once, of one address. */
  readonly connectionsAnAddress: number;
}

export interface EdgeTls {
  /** Files in PEM, the certificate with those between it and its authority. */
  readonly certificate: string;
  readonly key: string;
  /** `ADDRESS:PORT` where plain HTTP is sent on from. */
  readonly redirectFrom?: string;
}
