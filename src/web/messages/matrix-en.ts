import type { Formats } from './formats.ts';

/** Words of the encryption matrix. */
export const matrixEn = ({ plural, list }: Pick<Formats, 'plural' | 'list'>) => ({
  matrix: {
    title: 'The matrix',
    kind: 'Encryption matrix',
    lead: 'Clef encrypts a track, cuts it into pieces, and deals them out in turn: rows are time, columns are nodes. Parity, computed from each row, stands in for a piece that is lost. Nobody who holds a column holds music.',
    link: 'Show encryption matrix',
    whole: 'See the whole library',
    play: 'Play it, and follow',
    health: {
      ok: 'whole',
      missing: 'missing',
      damaged: 'damaged',
      offline: 'node away',
      empty: 'nothing to keep',
      unchecked: 'there, not checked',
    },
    role: { data: 'Music', parity: 'Parity' },
    legend: {
      label: 'What the cells show',
      data: 'Music, whole',
      parity: 'Parity, whole',
      unchecked: 'There, not checked',
      offline: 'Node away',
      missing: 'Missing',
      damaged: 'Damaged',
    },
    story: (pieces: number, parity: number, nodes: number) =>
      parity === 0
        ? `This track became ${plural(pieces, { one: '# piece', other: '# pieces' })} of noise on ${plural(nodes, { one: '# node', other: '# nodes' })}.`
        : `This track became ${plural(pieces, { one: '# piece', other: '# pieces' })} of noise on ${plural(nodes, { one: '# node', other: '# nodes' })}, with ${plural(parity, { one: '# more', other: '# more' })} computed from them.`,
    loses: (count: number) =>
      count === 0
        ? 'There is no parity: a node that is lost takes its pieces along. Give Clef more nodes, and it can do without some.'
        : plural(count, {
            one: 'Any one of these columns may be lost, and every second plays as before, to the bit.',
            other: 'Any # of these columns may be lost, and every second plays as before, to the bit.',
          }),
    noise:
      'Each piece is sealed with AES-256-GCM under a key that belongs to this track alone. It is opened in this browser, and a piece that anyone touched does not open.',
    pieces: 'pieces',
    nodes: 'columns',
    mayBeLost: 'may be lost',
    stored: 'stored',
    storedOf: (stored: string, length: string) => `${stored} for ${length} of music`,
    state: {
      whole: 'Every piece is whole.',
      wholeSoFar: (time: string) =>
        time === '0:00'
          ? 'Every piece is there, and as long as it should be. Each is checked when it plays.'
          : `Every piece is there. The first ${time} were checked to the bit; the rest is checked when it plays.`,
      spare: (nodes: readonly string[], spare: number) =>
        `${nodes.length > 0 ? `Pieces on ${list(nodes)} cannot be read.` : 'Some pieces cannot be read.'} It plays all the same: they are computed from the others. ${plural(
          spare,
          { one: '# more column may be lost.', other: '# more columns may be lost.' },
        )}`,
      last: (nodes: readonly string[]) =>
        `${nodes.length > 0 ? `Pieces on ${list(nodes)} cannot be read.` : 'Some pieces cannot be read.'} It still plays: they are computed from the others. No more may be lost until they are repaired.`,
      lost: (times: readonly string[]) => `Too many pieces are gone to play ${list(times)}.`,
    },
    picture: (title: string) => `Encryption matrix of ${title}. Arrow keys move from cell to cell.`,
    hint: 'Point at a cell, or use the arrow keys.',
    reading: (time: string, role: string, node: string, health: string) =>
      `${time} · ${role} · ${node} · ${health}`,
    nodeWord: 'node',
    unknownNode: 'no node',
    columnsTitle: 'Column by column',
    column: 'Column',
    holds: 'Holds',
    node: 'Node',
    condition: 'State',
    wholeSoFar: 'whole as far as checked',
    partly: (count: number) => plural(count, { one: '# piece damaged', other: '# pieces damaged' }),
    libraryTitle: 'Track by track',
    libraryHint:
      'A row a track, by the names and lengths of its columns. Choose one to check all its pieces.',
    track: 'Track',
    none: 'Nothing is sealed yet',
    noneHint: 'The matrix fills as soon as music is imported.',
    policy: (k: number, m: number) =>
      m === 0
        ? 'New music goes to one column, without parity'
        : `New music: ${plural(k, { one: '# column', other: '# columns' })} of music, ${plural(m, { one: '# of parity', other: '# of parity' })}`,
    online: 'online',
    away: 'away',
    free: (size: string) => `${size} free`,
    freeOf: (free: string, total: string) => `${free} of ${total} free`,
    nodesTitle: 'Nodes',
  },
});
