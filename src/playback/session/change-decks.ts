import { MOST_SIDE_DECKS } from './bounds.ts';
import type { Change, Moment } from './change.ts';
import { itemsOf } from './change-queue.ts';
import type { Action } from './command.ts';
import { positionAt, startLeadMs, staying, stop } from './motion.ts';
import type { Motion, PlaybackState, SideDeck } from './state.ts';

type DeckAction = Extract<Action, { readonly type: `deck.${string}` }>;

export function changeDecks(state: PlaybackState, action: DeckAction, moment: Moment): Change {
  switch (action.type) {
    case 'deck.open':
      return open(state, action, moment);
    case 'deck.change': {
      const { gain, loop } = action;
      return withDeck(state, action.deckId, (deck) => ({
        ...deck,
        ...(gain !== undefined && { gain }),
        ...(loop !== undefined && { loop }),
      }));
    }
    default: {
      const decks = state.decks.filter(({ deckId }) => deckId !== action.deckId);
      return decks.length === state.decks.length ? 'unknown-deck' : { ...state, decks };
    }
  }
}

/** "Play", "pause" and "seek" of a deck beside the main one. */
export function moveDeck(
  state: PlaybackState,
  deckId: string,
  action: Extract<Action, { readonly type: 'play' | 'pause' | 'seek' }>,
  moment: Moment,
): Change {
  if (action.type === 'play' && staying(state.outputs).length === 0) return 'no-output';
  return withDeck(state, deckId, (deck) => ({ ...deck, motion: moved(state, deck, action, moment) }));
}

function moved(
  { outputs }: PlaybackState,
  { motion, item }: SideDeck,
  action: Extract<Action, { readonly type: 'play' | 'pause' | 'seek' }>,
  { atMs }: Moment,
): Motion {
  if (action.type === 'pause') return stop(motion, atMs);
  if (action.type === 'play' && motion.playing) return motion;
  const isSeek = action.type === 'seek';
  const playing = motion.playing || !isSeek;
  return {
    ...motion,
    positionMs: isSeek ? Math.min(action.positionMs, item.durationMs) : positionAt(motion, atMs),
    atMs: playing ? atMs + startLeadMs(outputs) : atMs,
    playing,
  };
}

function open(
  state: PlaybackState,
  { deckId, item, gain, loop, play }: Extract<Action, { type: 'deck.open' }>,
  { cmdId, atMs }: Moment,
): Change {
  const others = state.decks.filter((deck) => deck.deckId !== deckId);
  if (others.length >= MOST_SIDE_DECKS) return 'too-many-decks';
  if (play && staying(state.outputs).length === 0) return 'no-output';
  const motion: Motion = {
    positionMs: 0,
    atMs: play ? atMs + startLeadMs(state.outputs) : atMs,
    playing: play,
    rate: 1,
  };
  const opened = itemsOf(cmdId, [item]).map((own): SideDeck => ({ deckId, item: own, motion, gain, loop }));
  return { ...state, decks: [...others, ...opened] };
}

function withDeck(state: PlaybackState, deckId: string, change: (deck: SideDeck) => SideDeck): Change {
  const index = state.decks.findIndex((deck) => deck.deckId === deckId);
  const deck = state.decks[index];
  return deck ? { ...state, decks: state.decks.with(index, change(deck)) } : 'unknown-deck';
}
