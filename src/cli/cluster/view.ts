import { styleText } from 'node:util';
import { formatDuration, plural } from '../terminal/format.ts';
import type { PartKind, PartState } from './part.ts';
import type { ShownPart } from './state-history.ts';

/** In the order in which a listener's request meets them. */
const KINDS = [
  ['edge', 'edge'],
  ['server', 'servers'],
  ['queue', 'queue'],
  ['Spider node', 'Spider nodes'],
  ['data node', 'data nodes'],
  ['storage node', 'storage nodes'],
] as const satisfies readonly (readonly [PartKind, string])[];
const COLOUR = {
  waiting: 'dim',
  starting: 'yellow',
  ready: 'green',
  silent: 'red',
  stopping: 'yellow',
  gone: 'red',
} as const satisfies Record<PartState, string>;
const GAP = 2;

export interface ClusterView {
  readonly parts: readonly ShownPart[];
  /** What is being done, until all of it is there. */
  readonly step?: string;
  /** How to sign in. */
  readonly door: string;
  /** What happened, the newest at the end. */
  readonly events: readonly string[];
  readonly hint: string;
  readonly nowMs: number;
  /** Lines that there is room for: events are left out first. */
  readonly height: number;
}

/** A screenful: one line a part, under its kind. */
export function drawCluster({ parts, step, door, events, hint, nowMs, height }: ClusterView): string {
  const head = [`${styleText('bold', 'Clef cluster')}  ${step ?? summaryOf(parts)}`, door, ''];
  const rows = rowsOf(parts, nowMs);
  const foot = ['', styleText('dim', hint)];
  const room = height - head.length - rows.length - foot.length - 1;
  const last = room > 0 ? events.slice(-room) : [];
  return [
    ...head,
    ...rows,
    ...(last.length > 0 ? ['', ...last.map((event) => styleText('dim', `  ${event}`))] : []),
    ...foot,
  ]
    .slice(0, height)
    .join('\n');
}

/** "19 parts, all ready", or who is not. */
export function summaryOf(parts: readonly Pick<ShownPart, 'name' | 'state'>[]): string {
  const others = parts.filter(({ state }) => state !== 'ready');
  if (others.length === 0) return `${plural(parts.length, 'part')}, all ready`;
  const named = others.map(({ name, state }) => `${name} is ${state}`);
  return `${parts.length - others.length} of ${plural(parts.length, 'part')} ready; ${named.join(', ')}`;
}

function rowsOf(parts: readonly ShownPart[], nowMs: number): string[] {
  const cells = KINDS.flatMap(([kind, title]) =>
    parts
      .filter((part) => part.kind === kind)
      .map((part, at) => ({
        state: part.state,
        title: at === 0 ? title : '',
        name: part.name,
        since: formatDuration(Math.max(0, nowMs - part.sinceMs)),
        serves: part.serves,
      })),
  );
  const widthOf = (column: 'title' | 'name' | 'state' | 'since') =>
    Math.max(0, ...cells.map((cell) => cell[column].length)) + GAP;
  const [title, name, state, since] = [widthOf('title'), widthOf('name'), widthOf('state'), widthOf('since')];
  return cells.map((cell) => {
    // A mark besides the colour: not everybody sees it.
    const mark = styleText(COLOUR[cell.state], cell.state === 'ready' ? '●' : '○');
    const word = styleText(COLOUR[cell.state], cell.state.padEnd(state));
    const kind = styleText('dim', cell.title.padEnd(title));
    return `  ${kind}${mark} ${cell.name.padEnd(name)}${word}${cell.since.padStart(since - GAP)}  ${cell.serves}`;
  });
}

/** "14:02:11  server-2 is gone" */
export function eventLine(atMs: number, text: string): string {
  const at = new Date(atMs);
  const digits = (value: number) => String(value).padStart(2, '0');
  return `${digits(at.getHours())}:${digits(at.getMinutes())}:${digits(at.getSeconds())}  ${text}`;
}
