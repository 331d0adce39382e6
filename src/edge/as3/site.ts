/** The certificate that listeners are shown: one that lies on the BIG-IP, or PEM that is declared with the rest. */
export type BigipCertificate =
  | { readonly kind: 'bigip'; readonly certificate: string; readonly privateKey: string }
  | { readonly kind: 'inline'; readonly certificate: string; readonly privateKey: string };

/** What a BIG-IP is told besides who the servers are. */
export interface BigipSite {
  /** Its partition is AS3's alone. */
  readonly tenant: string;
  readonly application: string;
  /** At least one, IPv4 or IPv6. */
  readonly virtualAddresses: readonly string[];
  /** By which listeners know it; at least one. Others are refused. */
  readonly names: readonly string[];
  readonly certificate: BigipCertificate;
  /** `event`: the declaration names no server, and who is there is posted beside it. */
  readonly members: 'fixed' | 'event';
  /** `''`, or begins with `/` and does not end with it. */
  readonly basePath: string;
  /** A syslog server. */
  readonly requestLog?: { readonly host: string; readonly port: number };
}
