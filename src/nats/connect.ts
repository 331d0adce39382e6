import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsAddress } from './address.ts';

const DIAL_MS = 2_000;
const REDIAL_MS = 100;
/** A server that says nothing for twice as long is taken for gone. */
const PING_MS = 2_000;

/** A connection that comes back by itself until it is closed. Rejects where the first try fails. */
export async function connectToNats({
  servers,
  tls,
  user,
  password,
  token,
}: NatsAddress): Promise<NatsConnection> {
  // Loaded where it is used: settings name addresses, and most servers have none.
  const { connect } = await import('@nats-io/transport-node');
  return connect({
    servers: [...servers],
    name: 'clef',
    ...(tls && { tls: {} }),
    ...(user !== undefined && { user, pass: password ?? '' }),
    ...(token !== undefined && { token }),
    // What this process announces to others it knows already.
    noEcho: true,
    timeout: DIAL_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: REDIAL_MS,
    reconnectJitter: REDIAL_MS,
    reconnectJitterTLS: REDIAL_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS,
    noAsyncTraces: true,
  });
}
