import { MOST_DEEDS, MOST_INSTANCES, MOST_REFUSALS } from './bounds.ts';
import type { Change, Moment } from './change.ts';
import { changeDecks, moveDeck } from './change-decks.ts';
import { changeMotion } from './change-motion.ts';
import { changeOutputs } from './change-outputs.ts';
import { changeQueue } from './change-queue.ts';
import type { Action, Command, LogRecord } from './command.ts';
import { advanceTo } from './motion.ts';
import { APPLIED, type Outcome, type RefusalReason } from './outcome.ts';
import { splitCmdId } from './sender.ts';
import { currentItem, type Deed, type PlaybackState, type SeenInstance } from './state.ts';

export interface Folded {
  readonly state: PlaybackState;
  readonly outcome: Outcome;
}

/**
 * The next state of a session. Pure, and the same on every server and device: whatever it needs to judge a command is
 * in the state and the record. A record that the state has already changes nothing.
 */
export function fold(state: PlaybackState, record: LogRecord): Folded {
  if (record.seq <= state.seq) return { state, outcome: refused('duplicate') };
  const { seq, command } = record;
  const { instanceId, number } = splitCmdId(command.cmdId);
  const now = { ...advanceTo(state, record), seq };
  const sender = now.seen.find((seen) => seen.instanceId === instanceId);
  if (sender && number <= sender.lastNumber) return { state: now, outcome: refused('duplicate') };
  const change = judge(now, command, { cmdId: command.cmdId, instanceId, seq, atMs: now.atMs });
  const refusals = sender?.refusals ?? [];
  if (typeof change === 'string') {
    const seen = { instanceId, lastNumber: number, refusals: [...refusals, { number, reason: change }], seq };
    return { state: { ...now, seen: noted(now.seen, seen) }, outcome: refused(change) };
  }
  return {
    state: {
      ...change,
      deeds: withDeed(change, record),
      ...(isMoved(now, change, command.action) && { changed: { by: record.by, atMs: record.atMs } }),
      seen: noted(now.seen, { instanceId, lastNumber: number, refusals, seq }),
    },
    outcome: APPLIED,
  };
}

/** What became of a command that was folded into this state; undefined where that is no longer, or not yet, known. */
export function outcomeOf({ seen }: PlaybackState, cmdId: string): Outcome | undefined {
  const { instanceId, number } = splitCmdId(cmdId);
  const sender = seen.find((one) => one.instanceId === instanceId);
  if (!sender || number > sender.lastNumber) return undefined;
  const refusal = sender.refusals.find((one) => one.number === number);
  return refusal ? refused(refusal.reason) : APPLIED;
}

function refused(reason: RefusalReason): Outcome {
  return { kind: 'refused', reason };
}

function judge(state: PlaybackState, { action, only }: Command, moment: Moment): Change {
  const current = currentItem(state.queue)?.itemId;
  if (only?.item !== undefined && only.item !== current) return 'item-changed';
  if (only?.queueVersion !== undefined && only.queueVersion !== state.queue.version) return 'queue-changed';
  if (only?.mainSeq !== undefined && only.mainSeq !== state.mainSeq) return 'moved';
  return apply(state, action, moment);
}

function apply(state: PlaybackState, action: Action, moment: Moment): Change {
  switch (action.type) {
    case 'play':
    case 'pause':
    case 'seek':
      return action.deckId === undefined
        ? changeMotion(state, action, moment)
        : moveDeck(state, action.deckId, action, moment);
    case 'next':
    case 'previous':
    case 'jump':
    case 'rate':
    case 'crossfade':
    case 'anchor':
      return changeMotion(state, action, moment);
    case 'queue.replace':
    case 'queue.insert':
    case 'queue.move':
    case 'queue.remove':
    case 'queue.shuffle':
    case 'queue.unshuffle':
    case 'queue.repeat':
    case 'queue.measure':
      return changeQueue(state, action, moment);
    case 'deck.open':
    case 'deck.change':
    case 'deck.close':
      return changeDecks(state, action, moment);
    case 'output.add':
    case 'output.change':
    case 'output.remove':
    case 'output.lost':
    case 'handover':
      return changeOutputs(state, action, moment);
    case 'sleep.at':
      return { ...state, sleep: { kind: 'at', atMs: moment.atMs + action.inMs } };
    case 'sleep.item-end': {
      const current = currentItem(state.queue);
      return current ? { ...state, sleep: { kind: 'item-end', itemId: current.itemId } } : 'nothing-to-play';
    }
    case 'sleep.cancel': {
      const { sleep: _, ...awake } = state;
      return awake;
    }
    default:
      return { ...state, name: action.name };
  }
}

/** What an output tells for the sake of time is nobody's deed. */
const UNTOLD: ReadonlySet<Action['type']> = new Set(['anchor', 'queue.measure', 'output.lost']);

function withDeed({ deeds, queue, atMs }: PlaybackState, { seq, by, command }: LogRecord): readonly Deed[] {
  const { type } = command.action;
  if (UNTOLD.has(type)) return deeds;
  const current = currentItem(queue);
  const deed = { seq, atMs, by, type, ...(current && { trackId: current.trackId }) };
  return [...deeds, deed].slice(-MOST_DEEDS);
}

/** What is found out about a track, or about an output, moves nothing by anybody. */
const UNMOVING: ReadonlySet<Action['type']> = new Set(['queue.measure', 'output.lost']);

function isMoved(before: PlaybackState, after: PlaybackState, { type }: Action): boolean {
  return !UNMOVING.has(type) && (before.queue !== after.queue || before.main !== after.main);
}

/** In the order of their newest commands. */
function noted(seen: readonly SeenInstance[], newest: SeenInstance): readonly SeenInstance[] {
  const others = seen.filter(({ instanceId }) => instanceId !== newest.instanceId);
  const kept = { ...newest, refusals: newest.refusals.slice(-MOST_REFUSALS) };
  return [...others, kept].slice(-MOST_INSTANCES);
}
