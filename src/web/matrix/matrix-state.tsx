import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import type { Cells } from './cells.ts';
import { nodeCalled } from './node-name.tsx';

interface MatrixStateProps {
  readonly cells: Cells;
  readonly m: number;
  readonly durationMs: number;
}

/** More stretches than these are not listed. */
const MAX_STRETCHES = 3;

/** How the track is now, in a sentence that changes while a node fails and is repaired. */
export function MatrixState({ cells, m, durationMs }: MatrixStateProps) {
  const messages = useMessages();
  const { matrix: words } = messages;
  const { clock } = useFormats();
  const { rowCount, checkedRows, columns, spare, lostRows } = cells;
  const hurt = columns.filter(
    ({ health, badRows }) => badRows.length > 0 || (health !== 'ok' && health !== 'empty'),
  );
  const nodes = [
    ...new Set(hurt.flatMap(({ node }) => (node === undefined ? [] : [nodeCalled(messages, node)]))),
  ];
  const timeOf = (row: number) => clock((row / rowCount) * durationMs);
  const stretches = stretchesOf(lostRows)
    .slice(0, MAX_STRETCHES)
    .map(([start, end]) => `${timeOf(start)}–${timeOf(end)}`);
  const kind = spare < 0 ? 'lost' : hurt.length > 0 ? 'hurt' : 'whole';
  const text =
    kind === 'lost'
      ? words.state.lost(stretches)
      : kind === 'whole'
        ? checkedRows < rowCount
          ? words.state.wholeSoFar(timeOf(checkedRows))
          : words.state.whole
        : spare === 0 && m > 0
          ? words.state.last(nodes)
          : words.state.spare(nodes, spare);
  return (
    <p className={`matrix-state matrix-state-${kind}`} role="status">
      <Icon name={kind === 'whole' ? 'shield' : 'warning'} />
      {text}
    </p>
  );
}

/** Neighbouring rows as half-open stretches. */
function stretchesOf(rows: readonly number[]): readonly (readonly [start: number, end: number])[] {
  const stretches: [number, number][] = [];
  for (const row of rows) {
    const last = stretches.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else stretches.push([row, row + 1]);
  }
  return stretches;
}
