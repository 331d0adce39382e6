import type { Action, Command, PlaybackState } from '../../src/playback/session/index.ts';
import { outputOf } from './session-script.ts';

const LONGEST_TRACK_MS = 400_000;

/** Sixteen characters, as an instance's id is. */
export function instanceOf(index: number): string {
  return `device-${index}`.padEnd(16, '-');
}

/**
 * What somebody with sixteen devices might send next, sensible or not: some of it names what is there, some what is
 * gone, some what never was.
 */
export function randomAction(random: () => number, state: PlaybackState, atMs: number): Action {
  const upTo = (count: number) => Math.floor(random() * count);
  const oneOf = <Value>(...values: readonly [Value, ...Value[]]) => values[upTo(values.length)] ?? values[0];
  const device = () => instanceOf(upTo(16));
  const anItem = () => state.queue.items[upTo(state.queue.items.length)]?.itemId ?? `${device()}.1-0`;
  const someItems = () => Array.from({ length: 1 + upTo(4) }, anItem);
  const newItems = (most: number) =>
    Array.from({ length: upTo(most) }, () => ({
      trackId: `tr-${upTo(1_000).toString(36)}`,
      durationMs: oneOf(0, 1, upTo(2_000), upTo(LONGEST_TRACK_MS), random() * LONGEST_TRACK_MS),
    }));
  const deckId = () => oneOf('rain', 'piano', 'sea');
  const epoch = () => state.outputs[upTo(state.outputs.length)]?.epoch ?? 1;
  const place = () => ({
    itemId: anItem(),
    positionMs: upTo(LONGEST_TRACK_MS),
    atMs: Math.max(0, atMs - upTo(9_000)),
  });
  const seed = () => upTo(2 ** 32);
  const share = () => upTo(11) / 10;

  const makers: readonly [() => Action, ...(() => Action)[]] = [
    () => {
      const items = newItems(60);
      const startIndex = upTo(Math.max(1, items.length));
      const shuffled = random() < 0.3 ? { shuffleSeed: seed() } : {};
      return {
        type: 'queue.replace',
        items,
        startIndex,
        positionMs: upTo(9_000),
        play: random() < 0.7,
        ...shuffled,
      };
    },
    () => ({ type: 'queue.insert', items: newItems(5), after: oneOf('current', 'end', 'start', anItem()) }),
    () => ({ type: 'queue.insert', items: newItems(5), after: oneOf('current', 'end', anItem()) }),
    () => ({ type: 'queue.move', itemIds: someItems(), ...(random() < 0.7 && { before: anItem() }) }),
    () => ({ type: 'queue.remove', itemIds: someItems() }),
    () => ({ type: 'queue.shuffle', seed: seed() }),
    () => ({ type: 'queue.unshuffle' }),
    () => ({ type: 'queue.repeat', mode: oneOf('off', 'all', 'one') }),
    () => ({ type: 'queue.measure', itemId: anItem(), durationMs: random() * LONGEST_TRACK_MS }),
    () => ({ type: 'play', ...(random() < 0.2 && { deckId: deckId() }) }),
    () => ({ type: 'play' }),
    () => ({ type: 'pause', ...(random() < 0.2 && { deckId: deckId() }) }),
    () => ({ type: 'seek', positionMs: upTo(LONGEST_TRACK_MS), ...(random() < 0.2 && { deckId: deckId() }) }),
    () => ({ type: 'seek', positionMs: upTo(LONGEST_TRACK_MS), itemId: anItem() }),
    () => ({ type: 'next' }),
    () => ({ type: 'next' }),
    () => ({ type: 'previous' }),
    () => ({ type: 'jump', itemId: anItem() }),
    () => ({ type: 'rate', rate: oneOf(0.5, 1, 1.25, 2) }),
    () => ({ type: 'crossfade', durationMs: oneOf(0, 3_000, 12_000) }),
    () => ({ type: 'anchor', epoch: epoch(), place: place() }),
    () => {
      const [item = { trackId: 'tr-1', durationMs: 5_000 }] = newItems(2);
      return {
        type: 'deck.open',
        deckId: deckId(),
        item,
        gain: share(),
        loop: random() < 0.5,
        play: random() < 0.7,
      };
    },
    () => ({ type: 'deck.change', deckId: deckId(), gain: share() }),
    () => ({ type: 'deck.close', deckId: deckId() }),
    () => ({ type: 'output.add', output: outputOf(device()), ...(random() < 0.3 && { resume: place() }) }),
    () => ({ type: 'output.add', output: outputOf(device()) }),
    () => ({ type: 'output.change', outputId: device(), volume: share() }),
    () => ({ type: 'output.remove', outputId: device() }),
    () => ({
      type: 'output.lost',
      outputId: device(),
      epoch: epoch(),
      seenAtMs: Math.max(0, atMs - upTo(40_000)),
    }),
    () => ({ type: 'handover', output: outputOf(device()), ...(random() < 0.3 && { resume: place() }) }),
    () => ({ type: 'sleep.at', inMs: upTo(600_000) }),
    () => ({ type: 'sleep.item-end' }),
    () => ({ type: 'sleep.cancel' }),
    () => ({ type: 'rename', name: `Session ${upTo(9)}` }),
  ];
  return oneOf(...makers)();
}

/** Preconditions that hold, mostly, or none. */
export function randomPreconditions(random: () => number, state: PlaybackState): Command['only'] {
  const { queue, mainSeq } = state;
  const current = queue.items[queue.currentIndex];
  const dice = random();
  if (dice < 0.15 && current) return { item: current.itemId };
  if (dice < 0.25) return { queueVersion: Math.max(0, queue.version - Math.floor(random() * 2)) };
  if (dice < 0.3) return { mainSeq };
  return undefined;
}
