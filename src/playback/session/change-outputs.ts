import { HANDOVER_MS, MOST_OUTPUTS } from './bounds.ts';
import type { Change, Moment } from './change.ts';
import { heardAt } from './change-motion.ts';
import type { Action, NewOutput, Place } from './command.ts';
import { staying, stop } from './motion.ts';
import type { Output, PlaybackState } from './state.ts';

type OutputAction = Extract<Action, { readonly type: `output.${string}` | 'handover' }>;

export function changeOutputs(state: PlaybackState, action: OutputAction, moment: Moment): Change {
  switch (action.type) {
    case 'output.add':
      return add(state, action.output, action.resume, moment);
    case 'output.change': {
      const { type: _, ...change } = action;
      return withOutput(state, action.outputId, (output) => ({ ...output, ...change }));
    }
    case 'output.remove':
      return isOutput(state, action.outputId) ? leave(state, action.outputId, moment.atMs) : 'unknown-output';
    case 'output.lost': {
      const output = state.outputs.find(({ outputId }) => outputId === action.outputId);
      if (!output) return 'unknown-output';
      return output.epoch === action.epoch
        ? leave(state, output.outputId, Math.min(action.seenAtMs, moment.atMs))
        : 'stale-output';
    }
    default:
      return handOver(state, action.output, action.resume, moment);
  }
}

function isOutput({ outputs }: PlaybackState, id: string): boolean {
  return outputs.some(({ outputId }) => outputId === id);
}

function add(state: PlaybackState, output: NewOutput, resume: Place | undefined, moment: Moment): Change {
  const others = state.outputs.filter(({ outputId }) => outputId !== output.outputId);
  if (others.length >= MOST_OUTPUTS) return 'too-many-outputs';
  // One that joins others begins a little later, so that the one that sounds can say where it is.
  const begins = sounds(state) && staying(others).length > 0 ? beginsMs(output, moment) : moment.atMs;
  const joined = { ...state, outputs: [...others, joining(output, moment.seq, begins)] };
  // Where others play on, it follows them.
  return !resume || staying(others).length > 0 ? joined : soundingAt(joined, resume, moment);
}

function soundingAt(state: PlaybackState, heard: Place, moment: Moment): Change {
  const resumed = heardAt(state, heard, moment);
  return typeof resumed === 'string' ? resumed : { ...resumed, main: { ...resumed.main, playing: true } };
}

function sounds({ main, decks }: PlaybackState): boolean {
  return main.playing || decks.some(({ motion }) => motion.playing);
}

/** When one can begin that has heard of nothing yet. */
function beginsMs({ leadMs }: NewOutput, { atMs }: Moment): number {
  return atMs + HANDOVER_MS + leadMs;
}

function joining(output: NewOutput, epoch: number, fromMs: number): Output {
  return { ...output, epoch, fromMs };
}

/** With the last output goes the sound: the decks stand where it was heard last. */
function leave(state: PlaybackState, id: string, heardUntilMs: number): PlaybackState {
  const outputs = state.outputs.filter(({ outputId }) => outputId !== id);
  if (staying(outputs).length > 0) return { ...state, outputs };
  return {
    ...state,
    outputs,
    main: stoppedAt(state.main, heardUntilMs),
    decks: state.decks.map((deck) => ({ ...deck, motion: stoppedAt(deck.motion, heardUntilMs) })),
  };
}

function stoppedAt(motion: PlaybackState['main'], timeMs: number): PlaybackState['main'] {
  return motion.playing ? stop(motion, Math.max(motion.atMs, timeMs)) : motion;
}

function handOver(
  state: PlaybackState,
  output: NewOutput,
  resume: Place | undefined,
  moment: Moment,
): Change {
  const { outputs } = state;
  const { seq, atMs } = moment;
  const own = staying(outputs).find(({ outputId }) => outputId === output.outputId);
  const fromMs = sounds(state) && !own && !resume ? beginsMs(output, moment) : atMs;
  const leaving = outputs
    .filter(({ outputId }) => outputId !== output.outputId)
    .map((other): Output => ({ ...other, untilMs: Math.min(other.untilMs ?? fromMs, fromMs) }));
  const handed = { ...state, outputs: [...leaving, own ?? joining(output, seq, fromMs)] };
  return resume ? soundingAt(handed, resume, moment) : handed;
}

function withOutput(state: PlaybackState, id: string, change: (output: Output) => Output): Change {
  const index = state.outputs.findIndex(({ outputId }) => outputId === id);
  const output = state.outputs[index];
  return output ? { ...state, outputs: state.outputs.with(index, change(output)) } : 'unknown-output';
}
