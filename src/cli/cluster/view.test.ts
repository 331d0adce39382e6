import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ShownPart } from './state-history.ts';
import { type ClusterView, drawCluster, eventLine, summaryOf } from './view.ts';

const parts: readonly ShownPart[] = [
  { name: 'node-1', kind: 'storage node', serves: 'columns in a folder', state: 'ready', sinceMs: 0 },
  { name: 'server-1', kind: 'server', serves: 'http://127.0.0.1:1', state: 'ready', sinceMs: 0 },
  { name: 'server-2', kind: 'server', serves: 'http://127.0.0.1:2', state: 'gone', sinceMs: 60_000 },
  { name: 'edge', kind: 'edge', serves: 'https://localhost:8443', state: 'ready', sinceMs: 0 },
];
const view: ClusterView = {
  parts,
  door: 'https://localhost:8443',
  events: ['one', 'two', 'three'],
  hint: 'Ctrl-C',
  nowMs: 72_000,
  height: 40,
};
const drawn = (changed: Partial<ClusterView> = {}) =>
  stripVTControlCharacters(drawCluster({ ...view, ...changed }));

describe('the view of a cluster', () => {
  it('has a line a part in columns, under its kind, in the order of a request', () => {
    expect(drawn()).toBe(
      [
        'Clef cluster  3 of 4 parts ready; server-2 is gone',
        'https://localhost:8443',
        '',
        '  edge           ● edge      ready  1 min 12 s  https://localhost:8443',
        '  servers        ● server-1  ready  1 min 12 s  http://127.0.0.1:1',
        '                 ○ server-2  gone         12 s  http://127.0.0.1:2',
        '  storage nodes  ● node-1    ready  1 min 12 s  columns in a folder',
        '',
        '  one',
        '  two',
        '  three',
        '',
        'Ctrl-C',
      ].join('\n'),
    );
  });

  it('leaves out what happened first where the terminal is low, and never a part', () => {
    expect(drawn({ height: 11 })).toContain('\n\n  three\n\nCtrl-C');
    expect(drawn({ height: 11 })).not.toContain('two');
    const low = drawn({ height: 9 });
    expect(low.split('\n')).toHaveLength(9);
    for (const { name } of parts) expect(low).toContain(name);
  });

  it('says what is being done until all is there', () => {
    expect(drawn({ step: 'starting the edge …' })).toMatch(/^Clef cluster {2}starting the edge …\n/);
    expect(summaryOf(parts.filter(({ state }) => state === 'ready'))).toBe('3 parts, all ready');
  });

  it('tells when something happened by the clock on the wall', () => {
    expect(eventLine(new Date(2026, 0, 2, 3, 4, 5).getTime(), 'edge is gone')).toBe('03:04:05  edge is gone');
  });
});
