/** What a server is to an edge: `draining` ends what it has begun, and is given nothing new. */
export type ServerState = 'ready' | 'draining';

/** Goes into configurations as it is. */
export const SERVER_NAME = /^[a-z0-9][a-z0-9-]{0,19}$/;

/** A server of Clef, as an edge reaches it. */
export interface ClusterServer {
  /** Small letters, digits and dashes; of one server alone. */
  readonly name: string;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly state: ServerState;
}

/** Who answers for a library. In the order of names, so that equal memberships are rendered alike. */
export interface Membership {
  readonly servers: readonly ClusterServer[];
}
