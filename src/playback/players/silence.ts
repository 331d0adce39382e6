import { currentItem, positionAt, type SessionHost, type SessionKey, staying } from '../session/index.ts';
import type { Commander } from './commander.ts';
import { type Lease, Leases } from './leases.ts';
import type { Player } from './player.ts';
import { stepToStill, type Told } from './report-steps.ts';

/** How often it is looked whether a player has fallen silent. */
const CHECK_MS = 15_000;

export interface SilenceOptions {
  readonly host: SessionHost;
  readonly commander: Commander;
  readonly onFailure: (error: unknown) => void;
}

export interface Expected {
  readonly told: Told;
  readonly isReporting: boolean;
  readonly isRepeated?: boolean;
}

/** Says to the log that a player is lost, once it has told nothing for too long. */
export class Silence implements Disposable {
  readonly #options: SilenceOptions;
  readonly #leases = new Leases();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stopListening: () => void;

  constructor(options: SilenceOptions) {
    this.#options = options;
    const { host, onFailure } = options;
    this.#timer = setInterval(() => void this.end().catch(onFailure), CHECK_MS);
    // What played when the server was stopped may play on, or never come back.
    this.#stopListening = host.onRestored(({ key, state }) => {
      for (const { kind, outputId: playerId, name } of staying(state.outputs)) {
        const player = { userId: key.userId, playerId, name };
        if (kind === 'subsonic') this.#expectBack(player, key).catch(onFailure);
      }
    });
  }

  leaseOf(player: Player): Lease | undefined {
    return this.#leases.get(player);
  }

  /** It plays in this session, and will be heard of again. */
  async expect(
    player: Player,
    key: SessionKey,
    { told, isReporting, isRepeated = false }: Expected,
  ): Promise<void> {
    const session = await this.#options.host.open(key);
    const superfluous = this.#leases.renew({ player, session, told, isReporting, isRepeated });
    if (superfluous) await this.#lose(superfluous);
  }

  forget(player: Player): void {
    this.#leases.end(player);
  }

  /** Ends what should have been heard of by now. */
  async end(): Promise<void> {
    for (const lease of this.#leases.takeSilent(this.#options.commander.nowMs)) {
      await this.#lose(lease).catch(this.#options.onFailure);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#leases[Symbol.dispose]();
  }

  async #expectBack(player: Player, key: SessionKey): Promise<void> {
    const { host, commander } = this.#options;
    using session = await host.open(key);
    const { queue, main } = commander.now(session);
    const track = currentItem(queue);
    if (!track || this.#leases.get(player)) return;
    const atMs = commander.nowMs;
    const told = { track, positionMs: positionAt(main, atMs), rate: main.rate, atMs };
    await this.expect(player, key, { told, isReporting: false });
  }

  /** The session stands where it was when the player was heard of last. */
  async #lose(lease: Lease): Promise<void> {
    using session = lease.session;
    const { player, told } = lease;
    const { commander } = this.#options;
    const outputId = player.playerId;
    const output = staying(session.state.outputs).find((one) => one.outputId === outputId);
    if (!output) return;
    const action = { type: 'output.lost', outputId, epoch: output.epoch, seenAtMs: told.atMs } as const;
    await commander.send(session, player, { action });
    // The log has gone on by itself meanwhile, to what nobody may have heard.
    if (currentItem(session.state.queue)?.trackId === told.track.trackId) return;
    await commander.follow(session, player, (state) => stepToStill(state, { outputId, stays: false }, told));
  }
}
