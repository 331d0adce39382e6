/** A server of playback sessions over NATS, in a process of its own: what the proof `nats` kills. */
import { type Command, type LiveSession, SessionHost } from '../../src/playback/session/index.ts';
import { type FromGateway, type GatewaySetup, keyOf, machineMs, type ToGateway } from './gateway-messages.ts';
import { openNatsAt } from './nats-stores.ts';
import { hashOf } from './session-model.ts';

const tell = (message: FromGateway) => process.send?.(message);
const sessions: LiveSession[] = [];

async function setUp({ url, sessions: count }: GatewaySetup): Promise<void> {
  const onFailure = (error: unknown) => tell({ kind: 'failure', message: String(error) });
  const stores = await openNatsAt(url, { onFailure });
  const host = new SessionHost({ ...stores, timeOfDayMs: Date.now, defaultName: 'Proof', onFailure });
  for (let i = 0; i < count; i++) {
    const session = await host.open(keyOf(i));
    sessions.push(session);
    session.onStep(({ record }) => {
      if (!record) return;
      const { command, clockId } = record;
      tell({ kind: 'heard', cmdId: command.cmdId, atMs: machineMs(), isTentative: false, clockId });
    });
    session.onTentative(({ command, clockId }) =>
      tell({ kind: 'heard', cmdId: command.cmdId, atMs: machineMs(), isTentative: true, clockId }),
    );
  }
  tell({ kind: 'ready' });
}

async function send(index: number, command: Command): Promise<void> {
  const startMs = machineMs();
  const sent = await sessions[index]?.send(command, 'Proof');
  if (sent) tell({ kind: 'sent', cmdId: command.cmdId, ...sent, tookMs: machineMs() - startMs });
}

function look(): void {
  const seen = sessions.map(({ state }) => ({
    seq: state.seq,
    hash: hashOf(state),
    itemIds: state.queue.items.map(({ itemId }) => itemId),
  }));
  tell({ kind: 'seen', sessions: seen });
}

async function act(message: ToGateway): Promise<void> {
  if (message.kind === 'setup') await setUp(message);
  else if (message.kind === 'send') await send(message.session, message.command);
  else look();
}

process.on('message', (message: ToGateway) => {
  act(message).catch((error: unknown) => tell({ kind: 'failure', message: String(error) }));
});
