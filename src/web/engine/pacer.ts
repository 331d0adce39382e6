import type { Deck, DeckMotion } from './deck.ts';
import type { Part } from './part.ts';

export type PlacedPart = Part & { readonly deck: Deck };

/** What makes a player keep a pace; loaded when there is one. */
export interface Pacer {
  /** Called before each step: moves the player to the item, and the place in it, that are to be heard. */
  keep(): void;
  /** Called in each step: how the deck of the current part is to be read; undefined where it plays by itself. */
  motion(part: PlacedPart): DeckMotion | undefined;
}
