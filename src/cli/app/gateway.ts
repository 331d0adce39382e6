import { createGatewayServer } from '../../http/index.ts';
import { SessionHost } from '../../playback/session/index.ts';
import type { NatsAddress } from '../../nats/index.ts';
import type { GatewayKey } from '../config/settings.ts';
import { createLog } from '../log.ts';
import type { Shell } from '../shell.ts';
import { VERSION } from '../version.ts';
import { hostForUrl, listenFailure, untilAborted } from './listening.ts';
import { DEFAULT_NAME, openShared } from './playback-sessions.ts';

export interface RunGatewayOptions {
  readonly address: NatsAddress;
  readonly key: GatewayKey;
}

/** Has no data folder: what it knows lies in NATS, and whom it lets in stands in their tickets. */
export async function runGateway(shell: Shell, { address, key }: RunGatewayOptions): Promise<void> {
  const { config, terminal, signal, now } = shell;
  await using stack = new AsyncDisposableStack();
  const log = createLog(config.logLevel);
  const stores = stack.use(await openShared({ address, libraryId: key.libraryId, log, now }));
  const host = stack.use(
    new SessionHost({
      ...stores,
      timeOfDayMs: now,
      defaultName: DEFAULT_NAME,
      onFailure: (error) =>
        log.warn({ err: error }, 'the state of a playback session was not saved; its log has it'),
    }),
  );
  const server = stack.use(
    createGatewayServer({
      host,
      neighbours: stores.neighbours,
      ticketKey: key.publicKey,
      baseUrl: config.baseUrl,
      trustedProxies: config.trustedProxies,
      metricsToken: config.metricsToken,
      mostSocketsAnAccount: config.devicesAnAccount,
      log,
      now,
    }),
  );
  const port = await server.listen(config.listen).catch((cause: unknown) => {
    throw listenFailure('CLEF_LISTEN', config.listen, cause);
  });
  const location = config.baseUrl ?? `http://${hostForUrl(config.listen.host)}:${port}`;
  terminal.say(`Clef ${VERSION}, a gateway of playback sessions, listens at ${location}`);
  log.info({ version: VERSION, port }, 'listening');
  await untilAborted(signal);
  terminal.say('Stopping; devices go on at another gateway.');
  await server.close();
}
