/** What a gateway holds itself and its devices to. */
export interface GatewayLimits {
  /** How often a device says that it is there; who is late is asked. */
  readonly beatMs: number;
  /** An output that was silent for so long is lost. */
  readonly leaseMs: number;
  /** For the first message. */
  readonly greetingMs: number;
  /** Between two lists of who is there. */
  readonly presenceMs: number;
  /** For the log to take a command. */
  readonly commandMs: number;
  /** Between two looks at what is due. */
  readonly lookMs: number;
  readonly mostSocketsAnAccount: number;
  /** A device that would begin one more is closed; `main` there is always. */
  readonly mostSessionsAnAccount: number;
  /** Of all accounts. */
  readonly mostSockets: number;
  /** That have not said yet who they are. */
  readonly mostStrangers: number;
}

export const gatewayLimits: GatewayLimits = {
  beatMs: 5_000,
  leaseMs: 15_000,
  greetingMs: 5_000,
  presenceMs: 250,
  commandMs: 10_000,
  lookMs: 1_000,
  mostSocketsAnAccount: 64,
  mostSessionsAnAccount: 1_000,
  mostSockets: 32_768,
  mostStrangers: 1_024,
};
