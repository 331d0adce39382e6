import { styleText } from 'node:util';
import type { Part, PartKind, PartState } from './part.ts';

const KINDS: readonly PartKind[] = ['edge', 'server', 'queue', 'Spider node', 'data node', 'storage node'];
const COLOUR = {
  starting: 'yellow',
  ready: 'green',
  silent: 'red',
  paused: 'yellow',
  gone: 'red',
} as const satisfies Record<PartState, string>;

export interface ClusterView {
  readonly title: string;
  readonly parts: readonly Pick<Part, 'name' | 'kind' | 'state'>[];
  /** What happened last, the newest at the end. */
  readonly events: readonly string[];
  readonly hint: string;
}

/** A screenful: one line a kind, so that all of a cluster fits a terminal of 80 columns. */
export function drawCluster({ title, parts, events, hint }: ClusterView): string {
  const nameOfKind = Math.max(...KINDS.map((kind) => kind.length)) + 2;
  const rows = KINDS.map((kind) => ({ kind, of: parts.filter((part) => part.kind === kind) }))
    .filter(({ of }) => of.length > 0)
    .map(({ kind, of }) => `  ${kind.padEnd(nameOfKind)}${of.map(drawPart).join('  ')}`);
  return [
    styleText('bold', title),
    '',
    ...rows,
    '',
    ...events.map((event) => `  ${styleText('dim', event)}`),
    ...(events.length > 0 ? [''] : []),
    styleText('dim', hint),
  ].join('\n');
}

/** The word besides the colour wherever it is not well. */
function drawPart({ name, state }: Pick<Part, 'name' | 'state'>): string {
  const mark = state === 'ready' ? '●' : '○';
  const text = state === 'ready' ? name : `${name} ${state}`;
  return `${styleText(COLOUR[state], mark)} ${text}`;
}
