import type { Output } from '../../playback/session/index.ts';
import type { EngineSettings } from '../engine/port.ts';
import { type OwnSound, othersThere, ownOutput } from './own-output.ts';
import type { SessionClient } from './session-client.ts';

/** A slider that is dragged tells where it comes to rest, not each place on its way. */
const SETTLE_MS = 250;

type Changes = Partial<EngineSettings>;

export interface SoundSettingsOptions {
  readonly client: SessionClient;
  readonly settings: EngineSettings;
  /** What a listener added to this device by hand, and what it is then. */
  readonly delayMs: number;
  readonly onDelay: (delayMs: number) => void;
  /** A slider has come to rest, and the session was told. */
  readonly onSettle: () => void;
}

/** Loudness, speed and the rest: some are this page's, some an output's, some the session's. */
export class SoundSettings implements Disposable {
  readonly #options: SoundSettingsOptions;
  #own: EngineSettings;
  #delayMs: number;
  /** What is on its way from a slider. */
  #moving: Changes = {};
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SoundSettingsOptions) {
    this.#options = options;
    this.#own = options.settings;
    this.#delayMs = options.delayMs;
  }

  /** As this page is heard, or would be. */
  get own(): EngineSettings {
    return this.#own;
  }

  get sound(): OwnSound {
    const { volume, muted } = this.#own;
    return { volume, muted, delayMs: this.#delayMs };
  }

  /** As this page shows them: its slider may be that of another output. */
  get shown(): EngineSettings {
    const { volume, muted } = this.#target() ?? this.#own;
    return { ...this.#shared(), volume, muted, ...this.#moving };
  }

  /** As this page's engine is to have them. */
  get wanted(): EngineSettings {
    return { ...this.#shared(), ...this.#moving, ...this.#loudness() };
  }

  change({ volume, muted, rate, crossfadeMs, ...local }: Changes): void {
    this.#own = { ...this.#own, ...local };
    const shared = { volume, muted, rate, crossfadeMs };
    const given = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length === 0) return;
    this.#moving = { ...this.#moving, ...given };
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.settle(), SETTLE_MS);
  }

  /** Takes over what was set for this page elsewhere. */
  follow(): void {
    const { client, onDelay } = this.#options;
    const mine = ownOutput(client.state, client.instanceId);
    if (!mine) return;
    const { volume, muted, delayMs } = mine;
    const isStill = this.#moving.volume === undefined && this.#moving.muted === undefined;
    if (isStill && (volume !== this.#own.volume || muted !== this.#own.muted))
      this.#own = { ...this.#own, volume, muted };
    if (delayMs === this.#delayMs) return;
    this.#delayMs = delayMs;
    onDelay(delayMs);
  }

  /** Tells the session where sliders have come to, if any is moving. */
  settle(): void {
    if (this.#settling === undefined) return;
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const { client, onSettle } = this.#options;
    const { volume, muted, rate, crossfadeMs } = this.#moving;
    this.#moving = {};
    const loudness = { ...(volume !== undefined && { volume }), ...(muted !== undefined && { muted }) };
    const output = this.#target();
    const isMine = !output || output.outputId === client.instanceId;
    if (isMine) this.#own = { ...this.#own, ...loudness };
    if (output && Object.keys(loudness).length > 0)
      client.send({ type: 'output.change', outputId: output.outputId, ...loudness });
    if (rate !== undefined) client.send({ type: 'rate', rate });
    if (crossfadeMs !== undefined) client.send({ type: 'crossfade', durationMs: crossfadeMs });
    onSettle();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#settling);
  }

  #shared(): EngineSettings {
    const { main, crossfadeMs } = this.#options.client.state;
    return { ...this.#own, rate: main.rate, crossfadeMs };
  }

  #loudness(): Pick<EngineSettings, 'volume' | 'muted'> {
    const { volume, muted } = { ...this.#own, ...this.#moving };
    return { volume, muted };
  }

  /** The output that the page's own slider is for. */
  #target(): Output | undefined {
    const { client } = this.#options;
    const others = othersThere(client);
    const only = others.length === 1 ? others[0] : undefined;
    return ownOutput(client.state, client.instanceId) ?? only;
  }
}
