import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as bounds from './bounds.ts';
import { action, command, cmdId, instanceId } from './command.ts';
import { clientMessage, type CloseReason, closeCodes, type ServerMessage, sessionId } from './messages.ts';
import type { RefusalReason } from './outcome.ts';
import { emptyState } from './state.ts';
import { headOf } from './head.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');

/** So that a reason that is added here is missed there. */
const refusals: Readonly<Record<RefusalReason, true>> = {
  duplicate: true,
  'item-changed': true,
  'queue-changed': true,
  moved: true,
  'unknown-item': true,
  'unknown-deck': true,
  'unknown-output': true,
  'stale-output': true,
  'not-alone': true,
  'at-end': true,
  'nothing-to-play': true,
  'no-output': true,
  'out-of-bounds': true,
  'queue-full': true,
  'too-many-decks': true,
  'too-many-outputs': true,
};

const time = v.pipe(v.number(), v.minValue(0));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.string();
const motion = v.strictObject({ positionMs: time, atMs: time, playing: v.boolean(), rate: v.number() });
const item = v.strictObject({ itemId: text, trackId: text, durationMs: time });
const output = v.strictObject({
  outputId: instanceId,
  name: text,
  kind: v.picklist(['page', 'speaker', 'subsonic']),
  volume: v.number(),
  muted: v.boolean(),
  delayMs: v.number(),
  leadMs: time,
  epoch: whole,
  fromMs: time,
  untilMs: v.exactOptional(time),
});
const deed = v.strictObject({
  seq: whole,
  atMs: time,
  by: text,
  type: v.picklist(action.options.map(({ entries }) => entries.type.literal)),
  trackId: v.exactOptional(text),
});
const head = v.strictObject({
  version: v.literal(1),
  name: text,
  seq: whole,
  atMs: time,
  clockId: text,
  clockSeq: whole,
  queue: v.strictObject({
    version: whole,
    currentIndex: v.number(),
    repeat: v.picklist(['off', 'all', 'one']),
    isShuffled: v.boolean(),
  }),
  main: motion,
  mainSeq: whole,
  decks: v.array(v.strictObject({ deckId: text, item, motion, gain: v.number(), loop: v.boolean() })),
  outputs: v.array(output),
  crossfadeMs: time,
  deeds: v.array(deed),
});
const patch = v.strictObject({
  from: v.exactOptional(whole),
  to: whole,
  at: whole,
  removed: whole,
  items: v.array(item),
});
const reason = v.picklist(Object.keys(closeCodes) as readonly CloseReason[]);
const refused = v.exactOptional(v.picklist(Object.keys(refusals) as readonly RefusalReason[]));

/** What a client may take for granted. */
const serverMessage = v.variant('type', [
  v.strictObject({
    type: v.literal('welcome'),
    protocol: v.literal(1),
    logId: text,
    clockId: text,
    beatMs: time,
    leaseMs: time,
  }),
  v.strictObject({
    type: v.literal('state'),
    sessionId,
    head,
    queue: v.exactOptional(patch),
    cmdId: v.exactOptional(cmdId),
  }),
  v.strictObject({ type: v.literal('outcome'), cmdId, seq: whole, refused }),
  v.strictObject({ type: v.literal('failed'), cmdId }),
  v.strictObject({
    type: v.literal('tentative'),
    sessionId,
    entry: v.strictObject({ atMs: time, clockId: text, by: text, command }),
  }),
  v.strictObject({
    type: v.literal('presence'),
    devices: v.array(
      v.strictObject({ instanceId, name: text, kind: v.picklist(['page', 'speaker']), sessionId }),
    ),
  }),
  v.strictObject({ type: v.literal('probed'), id: whole, atMs: time }),
  v.strictObject({ type: v.literal('closing'), reason }),
]) satisfies v.GenericSchema<unknown, ServerMessage>;

function examplesOf(who: 'client' | 'server'): readonly unknown[] {
  return [...page.matchAll(new RegExp(`^\`\`\`json ${who}\\n([^\`]+)^\`\`\``, 'gm'))]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((line): unknown => JSON.parse(line));
}

describe('docs/protocol.md', () => {
  test.each([
    ['client', clientMessage],
    ['server', serverMessage],
  ] as const)('has an example of every message of the %s, and none that is wrong', (who, schema) => {
    const examples = examplesOf(who);
    const types = new Set(examples.map((example) => v.parse(schema, example).type));
    expect(types).toEqual(new Set(schema.options.map(({ entries }) => entries.type.literal)));
  });

  test('shows the head of a state that is empty as it is', () => {
    const empty = examplesOf('server').find((example) =>
      v.is(v.object({ type: v.literal('state') }), example),
    );
    expect(empty).toMatchObject({ head: headOf(emptyState('Music'), 0) });
  });

  test('names every action with its fields', () => {
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `') || line.startsWith('`output.lost`'));
    for (const { entries } of action.options) {
      const { type, ...fields } = entries;
      const row = rows.find((line) =>
        line.split('|', 3).slice(0, 2).join('').includes(`\`${type.literal}\``),
      );
      expect(row, type.literal).toBeDefined();
      for (const field of Object.keys(fields))
        expect(row, `${type.literal}: ${field}`).toMatch(new RegExp(`\\b${field}\\b`));
    }
  });

  test('names every reason of a refusal, and every close code with its reason', () => {
    for (const name of Object.keys(refusals)) expect(page).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'));
    for (const [name, code] of Object.entries(closeCodes))
      expect(page).toContain(`| ${code} | \`${name}\` |`);
  });

  test('has the bounds that hold', () => {
    const { MOST_ITEMS, MOST_ITEMS_A_COMMAND, MOST_SIDE_DECKS, MOST_OUTPUTS, LONGEST_CROSSFADE_MS } = bounds;
    const beyond = `more than ${MOST_ITEMS.toLocaleString('en')} items, ${MOST_SIDE_DECKS} side decks, ${MOST_OUTPUTS} outputs`;
    expect(page).toContain(beyond);
    expect(page).toContain(`at most ${MOST_ITEMS_A_COMMAND.toLocaleString('en')} items a command`);
    expect(page).toContain(`up to ${LONGEST_CROSSFADE_MS.toLocaleString('en')}`);
  });
});
