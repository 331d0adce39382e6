import * as v from 'valibot';
import {
  LONGEST_CROSSFADE_MS,
  LONGEST_DELAY_MS,
  LONGEST_ITEM_MS,
  LONGEST_LEAD_MS,
  MOST_ITEMS_A_COMMAND,
} from './bounds.ts';

/** Names a page, process or player for as long as it runs: 96 random bits, base64url. */
export const instanceId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}$/));
/** `instanceId.number`; a sender counts its commands from 1. */
export const cmdId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}\.[1-9]\d{0,14}$/));
const itemId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}\.[1-9]\d{0,14}-\d{1,4}$/));
const deckId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/));
const trackId = v.pipe(v.string(), v.regex(/^tr-[0-9a-z]{1,11}$/));
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100));
const durationMs = v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_ITEM_MS));
const logTimeMs = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 53 - 1));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));

const newItem = v.strictObject({ trackId, durationMs });
const newItems = v.pipe(v.array(newItem), v.maxLength(MOST_ITEMS_A_COMMAND));
const itemIds = v.pipe(v.array(itemId), v.minLength(1), v.maxLength(MOST_ITEMS_A_COMMAND));

const delayMs = v.pipe(v.number(), v.minValue(-LONGEST_DELAY_MS), v.maxValue(LONGEST_DELAY_MS));
const leadMs = v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_LEAD_MS));

const newOutput = v.strictObject({
  outputId: instanceId,
  name,
  kind: v.picklist(['page', 'speaker', 'subsonic']),
  volume: share,
  muted: v.boolean(),
  delayMs,
  leadMs,
});

/** Where the main deck stood: an output that played on by itself says so when it is back. */
const place = v.strictObject({ itemId, positionMs: durationMs, atMs: logTimeMs });

/** What somebody wants done in a session. */
export const action = v.variant('type', [
  /** Another queue, from one of its items on. */
  v.strictObject({
    type: v.literal('queue.replace'),
    items: newItems,
    startIndex: whole(MOST_ITEMS_A_COMMAND),
    positionMs: durationMs,
    play: v.boolean(),
    shuffleSeed: v.exactOptional(whole(2 ** 32 - 1)),
  }),
  /** Behind an item, behind the current one, at the end, or before everything. */
  v.strictObject({
    type: v.literal('queue.insert'),
    items: newItems,
    after: v.union([v.picklist(['current', 'end', 'start']), itemId]),
  }),
  /** In the order that they have, to before an item, or to the end. */
  v.strictObject({ type: v.literal('queue.move'), itemIds, before: v.exactOptional(itemId) }),
  v.strictObject({ type: v.literal('queue.remove'), itemIds }),
  v.strictObject({ type: v.literal('queue.shuffle'), seed: whole(2 ** 32 - 1) }),
  v.strictObject({ type: v.literal('queue.unshuffle') }),
  v.strictObject({ type: v.literal('queue.repeat'), mode: v.picklist(['off', 'all', 'one']) }),
  /** An output knows an item's length to the sample. */
  v.strictObject({ type: v.literal('queue.measure'), itemId, durationMs }),

  v.strictObject({ type: v.literal('play'), deckId: v.exactOptional(deckId) }),
  v.strictObject({ type: v.literal('pause'), deckId: v.exactOptional(deckId) }),
  /** `itemId`: to a place of another item of the queue; what stands still goes on standing. */
  v.strictObject({
    type: v.literal('seek'),
    deckId: v.exactOptional(deckId),
    itemId: v.exactOptional(itemId),
    positionMs: durationMs,
  }),
  v.strictObject({ type: v.literal('next') }),
  v.strictObject({ type: v.literal('previous') }),
  v.strictObject({ type: v.literal('jump'), itemId }),
  v.strictObject({ type: v.literal('rate'), rate: v.pipe(v.number(), v.minValue(0.5), v.maxValue(2)) }),
  v.strictObject({
    type: v.literal('crossfade'),
    durationMs: v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_CROSSFADE_MS)),
  }),
  /** Of the only output: what is heard is the truth, and the log follows it. */
  v.strictObject({ type: v.literal('anchor'), epoch: whole(2 ** 53 - 1), place }),

  v.strictObject({
    type: v.literal('deck.open'),
    deckId,
    item: newItem,
    gain: share,
    loop: v.boolean(),
    play: v.boolean(),
  }),
  v.strictObject({
    type: v.literal('deck.change'),
    deckId,
    gain: v.exactOptional(share),
    loop: v.exactOptional(v.boolean()),
  }),
  v.strictObject({ type: v.literal('deck.close'), deckId }),

  /** `resume`: it was an output, was lost, and played on meanwhile. */
  v.strictObject({ type: v.literal('output.add'), output: newOutput, resume: v.exactOptional(place) }),
  v.strictObject({
    type: v.literal('output.change'),
    outputId: instanceId,
    name: v.exactOptional(name),
    volume: v.exactOptional(share),
    muted: v.exactOptional(v.boolean()),
    delayMs: v.exactOptional(delayMs),
    leadMs: v.exactOptional(leadMs),
  }),
  v.strictObject({ type: v.literal('output.remove'), outputId: instanceId }),
  /** By the server: its lease ran out, and it was last heard of at `seenAtMs`. */
  v.strictObject({
    type: v.literal('output.lost'),
    outputId: instanceId,
    epoch: whole(2 ** 53 - 1),
    seenAtMs: logTimeMs,
  }),
  /** This one goes on alone, without a gap. `resume`: it sounds already, from there on. */
  v.strictObject({ type: v.literal('handover'), output: newOutput, resume: v.exactOptional(place) }),

  v.strictObject({ type: v.literal('sleep.at'), inMs: whole(86_400_000) }),
  v.strictObject({ type: v.literal('sleep.item-end') }),
  v.strictObject({ type: v.literal('sleep.cancel') }),
  v.strictObject({ type: v.literal('rename'), name }),
]);
export type Action = v.InferOutput<typeof action>;
export type ActionType = Action['type'];
export type NewOutput = v.InferOutput<typeof newOutput>;
export type NewItem = v.InferOutput<typeof newItem>;
export type Place = v.InferOutput<typeof place>;

/** What must still be so when the command is folded; otherwise it is refused. */
export const preconditions = v.strictObject({
  item: v.exactOptional(itemId),
  queueVersion: v.exactOptional(whole(2 ** 53 - 1)),
  mainSeq: v.exactOptional(whole(2 ** 53 - 1)),
});

export const command = v.strictObject({ cmdId, action, only: v.exactOptional(preconditions) });
export type Command = v.InferOutput<typeof command>;

/** One entry of a session's log. The server stamps everything but the command. */
export const logRecord = v.strictObject({
  /** Order in the log; rises, with gaps where one log holds several sessions. */
  seq: whole(2 ** 53 - 1),
  /** Log time, in milliseconds on the time line `clockId`. */
  atMs: logTimeMs,
  clockId: v.pipe(v.string(), v.maxLength(40)),
  /** Name of the device, for people. */
  by: v.pipe(v.string(), v.maxLength(100)),
  command,
});
export type LogRecord = v.InferOutput<typeof logRecord>;
