import { positionAt, type Output, type SideDeck } from '../../playback/session/index.ts';
import type { Engine, EngineItem } from '../engine/port.ts';
import type { OwnSound } from './own-output.ts';
import { paceOfDeck } from './pace.ts';
import type { SessionClient } from './session-client.ts';

/** A place is gone to where it is further away; what has just begun is a little late. */
const NEAR_MS = 400;
/** What was sought is there by then. */
const AGAIN_AFTER_MS = 3_000;
/** So near to its end it may have ended here a little before it does in the session. */
const END_MS = 2_000;

export interface DeckSoundOptions {
  readonly client: SessionClient;
  readonly connect: () => Promise<Engine>;
  readonly sound: () => OwnSound;
  readonly item: EngineItem;
  /** Its engine is there. */
  readonly onReady: () => void;
}

/** What one deck beside the main one sounds like on this page: an engine of its own. */
export class DeckSound implements Disposable {
  readonly itemId: string;
  readonly #options: DeckSoundOptions;
  #engine: Engine | undefined;
  #isOver = false;
  #soughtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeckSoundOptions) {
    this.#options = options;
    this.itemId = options.item.itemId;
    // Where this browser plays nothing, the main deck says so.
    void options.connect().then(
      (engine) => this.#take(engine),
      () => undefined,
    );
  }

  #take(engine: Engine): void {
    if (this.#isOver) {
      void engine[Symbol.asyncDispose]();
      return;
    }
    this.#engine = engine;
    engine.setQueue([this.#options.item], { currentIndex: 0, play: false });
    this.#options.onReady();
  }

  /** To be called after each change of the session, and now and then: the deck as it is by now. */
  sync(deck: SideDeck, own: Output): void {
    const engine = this.#engine;
    if (!engine) return;
    const { client, sound } = this.#options;
    const { volume, muted } = sound();
    const { settings, repeat } = engine.state;
    const wanted = { volume: volume * deck.gain, muted, rate: deck.motion.rate, crossfadeMs: 0 };
    const isSame = Object.entries(wanted).every(
      ([key, value]) => settings[key as keyof typeof wanted] === value,
    );
    if (!isSame) engine.change(wanted);
    const wantedRepeat = deck.loop ? 'one' : 'off';
    if (repeat !== wantedRepeat) engine.setRepeat(wantedRepeat);
    const isInStep =
      engine.keepPace !== undefined && client.clock.isKnown && client.view().outputs.length > 1;
    engine.keepPace?.(isInStep ? paceOfDeck(deck, client.clock, performance.now(), own) : undefined);
    if (!isInStep) this.#follow(engine, deck);
  }

  #follow(engine: Engine, { motion, item, loop }: SideDeck): void {
    const nowMs = this.#options.client.logNowMs();
    const plays = motion.playing && motion.atMs <= nowMs;
    const isOn = engine.state.status === 'playing' || engine.state.status === 'waiting';
    const positionMs = positionAt(motion, nowMs);
    const hasEnded = plays && !isOn && !loop && item.durationMs - positionMs < END_MS;
    if (hasEnded) return;
    const apartMs = Math.abs(engine.positionMs() - positionMs);
    const offMs = loop ? Math.min(apartMs, Math.abs(item.durationMs - apartMs)) : apartMs;
    if (offMs > NEAR_MS && (!isOn || nowMs - this.#soughtMs > AGAIN_AFTER_MS)) {
      this.#soughtMs = nowMs;
      engine.seek(positionMs);
    }
    if (plays !== isOn) {
      if (plays) engine.play();
      else engine.pause();
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    void this.#engine?.[Symbol.asyncDispose]();
    this.#engine = undefined;
  }
}
