import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { instanceOf, randomAction, randomPreconditions } from '../../../test/support/random-commands.ts';
import { command, type LogRecord, logRecord } from './command.ts';
import { fold } from './fold.ts';
import { advance, positionAt, staying } from './motion.ts';
import { seededRandom } from './random.ts';
import { currentItem, emptyState, type PlaybackState } from './state.ts';

const COMMANDS = 120;

/** A session of random commands, with pauses, clocks that change, and second copies. */
function randomHistory(seed: number): {
  readonly records: readonly LogRecord[];
  readonly states: readonly PlaybackState[];
} {
  const random = seededRandom(seed);
  const records: LogRecord[] = [];
  const states = [emptyState('Random')];
  const numbers = new Map<string, number>();
  let atMs = 1e12;
  let clock = 0;
  for (let seq = 1; seq <= COMMANDS; seq++) {
    const state = states.at(-1) ?? emptyState('Random');
    atMs += Math.floor(random() ** 4 * 600_000);
    if (random() < 0.03) {
      clock++;
      atMs += Math.floor((random() - 0.5) * 2e8);
    }
    const copied = random() < 0.1 ? records[Math.floor(random() * records.length)] : undefined;
    const instanceId = instanceOf(Math.floor(random() * 16));
    const number = (numbers.get(instanceId) ?? 0) + 1;
    if (!copied) numbers.set(instanceId, number);
    const only = randomPreconditions(random, state);
    const fresh = {
      cmdId: `${instanceId}.${number}`,
      action: randomAction(random, state, atMs),
      ...(only && { only }),
    };
    const record: LogRecord = {
      seq,
      atMs,
      clockId: `clock-${clock}`,
      by: instanceId,
      command: copied?.command ?? v.parse(command, fresh),
    };
    records.push(record);
    states.push(fold(state, record).state);
  }
  return { records, states };
}

/** Which item, and where in it, to a tenth of a millisecond. */
function placeAt(state: PlaybackState, atMs: number): readonly [number, number, boolean] {
  const { queue, main } = advance(state, atMs);
  return [queue.currentIndex, Math.round(positionAt(main, atMs) * 10), main.playing];
}

const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a session of any commands', () => {
  test('hangs together after each of them', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        for (const state of randomHistory(seed).states) {
          const { queue, main, outputs, decks } = state;
          expect(queue.currentIndex).toBeGreaterThanOrEqual(queue.items.length === 0 ? -1 : 0);
          expect(queue.currentIndex).toBeLessThan(Math.max(1, queue.items.length));
          expect(new Set(queue.items.map(({ itemId }) => itemId)).size).toBe(queue.items.length);
          expect(main.positionMs).toBeGreaterThanOrEqual(0);
          if (main.playing) expect(currentItem(queue)).toBeDefined();
          if (main.playing || decks.some(({ motion }) => motion.playing))
            expect(outputs.length).toBeGreaterThan(0);
          expect(staying(outputs).length).toBeLessThanOrEqual(outputs.length);
          if (queue.unshuffled)
            expect(new Set(queue.unshuffled)).toEqual(new Set(queue.items.map(({ itemId }) => itemId)));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is the same to the byte for who replays it, from the beginning or from any snapshot', () => {
    fc.assert(
      fc.property(anySeed, fc.nat(COMMANDS), (seed, from) => {
        const { records, states } = randomHistory(seed);
        const snapshot = JSON.parse(JSON.stringify(states[from])) as PlaybackState;
        const written = JSON.parse(JSON.stringify(records)) as readonly unknown[];
        const replayed = written
          .map((record) => v.parse(logRecord, record))
          .slice(from)
          .reduce((state, record) => fold(state, record).state, snapshot);
        expect(JSON.stringify(replayed)).toBe(JSON.stringify(states.at(-1)));
      }),
      { numRuns: 60 },
    );
  });

  test('is where it would be, whether one looks at it meanwhile or not', () => {
    fc.assert(
      fc.property(anySeed, fc.nat(2_000_000), fc.nat(2_000_000), (seed, firstMs, secondMs) => {
        const state = randomHistory(seed).states.at(-1) ?? emptyState('');
        const atMs = state.atMs + firstMs + secondMs;
        const meanwhile = advance(state, state.atMs + firstMs);
        // Times of day in milliseconds have a ten-thousandth to spare: at the border of two items either is right.
        const places = [-0.01, 0, 0.01].map((off) => placeAt(state, atMs + off));
        expect(places).toContainEqual(placeAt(meanwhile, atMs));
      }),
      { numRuns: 300 },
    );
  });
});
