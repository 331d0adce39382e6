import { Deck } from './deck.ts';
import type { RateContexts } from './rate-context.ts';
import { EMPTY_TIMELINE } from './timeline.ts';

/** Decks that wait for use; each holds a ring of some megabytes. */
const MOST_IDLE = 3;

/** Decks by what they play: made when needed, used again, silent in between. */
export class DeckPool {
  readonly #contexts: RateContexts;
  readonly #onTold: () => void;
  readonly #idle: Deck[] = [];
  readonly #used = new Set<Deck>();
  #closedUnderruns = 0;

  constructor(contexts: RateContexts, onTold: () => void) {
    this.#contexts = contexts;
    this.#onTold = onTold;
  }

  acquire(sampleRateHz: number, channelCount: number): Deck {
    const at = this.#idle.findIndex((deck) => fits(deck, sampleRateHz, channelCount));
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    const deck =
      found ??
      new Deck({ at: this.#contexts.of(sampleRateHz), sampleRateHz, channelCount, onTold: this.#onTold });
    this.#used.add(deck);
    return deck;
  }

  release(deck: Deck): void {
    if (!this.#used.delete(deck)) return;
    deck.setMotion({ playing: false, rate: 1 });
    deck.skipTo(deck.writtenFrame);
    deck.setTimeline(EMPTY_TIMELINE);
    this.#idle.push(deck);
    for (const old of this.#idle.splice(0, this.#idle.length - MOST_IDLE)) {
      this.#closedUnderruns += old.underruns;
      old.close();
    }
  }

  get used(): readonly Deck[] {
    return [...this.#used];
  }

  get underruns(): number {
    return [...this.#used, ...this.#idle].reduce((sum, deck) => sum + deck.underruns, this.#closedUnderruns);
  }

  close(): void {
    for (const deck of [...this.#used, ...this.#idle]) deck.close();
  }
}

export function fits(deck: Deck, sampleRateHz: number, channelCount: number): boolean {
  return deck.sampleRateHz === sampleRateHz && deck.channelCount === channelCount;
}
