import type { Command, Outcome } from '../../src/playback/session/index.ts';

export interface GatewaySetup {
  readonly kind: 'setup';
  readonly url: string;
  readonly sessions: number;
}

export type ToGateway =
  | GatewaySetup
  | { readonly kind: 'send'; readonly session: number; readonly command: Command }
  | { readonly kind: 'look' };

/** Times are of the machine's monotonic clock, the same in all processes. */
export type FromGateway =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failure'; readonly message: string }
  | {
      readonly kind: 'sent';
      readonly cmdId: string;
      readonly seq: number;
      readonly outcome: Outcome;
      readonly tookMs: number;
    }
  | {
      readonly kind: 'heard';
      readonly cmdId: string;
      readonly atMs: number;
      readonly isTentative: boolean;
      readonly clockId: string;
    }
  | {
      readonly kind: 'seen';
      readonly sessions: readonly {
        readonly seq: number;
        readonly hash: string;
        readonly itemIds: readonly string[];
      }[];
    };

export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

export function keyOf(session: number): { readonly userId: string; readonly sessionId: string } {
  return { userId: `us-${session}`, sessionId: 'main' };
}
