import { describe, expect, it } from 'vitest';
import { Chain, type Link } from './chain.ts';

function chainOf(...shapes: readonly string[]): Chain {
  const chain = new Chain();
  for (const [at, shape] of shapes.entries()) chain.append(link(at + 1, shape));
  return chain;
}

/** `c` is a segment of changes, `2` the second part of a snapshot, `3!` its third and last. */
function link(seq: number, shape: string): Link {
  const isChanges = shape === 'c';
  return {
    name: `${seq}`,
    seq,
    kind: isChanges ? 'changes' : 'snapshot',
    part: isChanges ? 1 : Number.parseInt(shape, 10),
    isLast: isChanges || shape.endsWith('!'),
    position: seq,
  };
}

function names(links: readonly Link[]): string {
  return links.map(({ name }) => name).join(' ');
}

describe('a chain', () => {
  it('has no base without a complete snapshot', () => {
    expect(chainOf('c', 'c').hasBase).toBe(false);
    expect(chainOf('1', '2', 'c').hasBase).toBe(false);
    expect(chainOf('2', '3!').hasBase).toBe(false);
  });

  it('makes what lies before the newest complete snapshot obsolete', () => {
    const chain = chainOf('1!', 'c', 'c', '1', '2!', 'c');
    expect(names(chain.obsolete)).toBe('1 2 3');
    expect(names(chain.needed)).toBe('4 5 6');
    expect(chain.baseParts).toBe(2);
    expect(chain.changesSinceBase).toBe(1);
  });

  it('keeps everything that a snapshot without its last part would replace', () => {
    const chain = chainOf('1!', 'c', '1', '2');
    expect(names(chain.obsolete)).toBe('');
    expect(chain.changesSinceBase).toBe(1);
  });

  it('takes changes between the parts of a snapshot for its own', () => {
    const chain = chainOf('1!', 'c', '1', 'c', '2!');
    expect(names(chain.needed)).toBe('3 4 5');
    expect(chain.changesSinceBase).toBe(1);
  });

  it('does not put together a snapshot that was given up and the one begun after it', () => {
    const chain = chainOf('1!', '1', '2', '1', '2', '3!');
    expect(names(chain.needed)).toBe('4 5 6');
    expect(chainOf('1', '3!').hasBase).toBe(false);
  });

  it('drops obsolete links only, oldest first', () => {
    const chain = chainOf('c', 'c', '1!', '1');
    chain.dropOldest();
    expect(names(chain.obsolete)).toBe('2');
    chain.dropOldest();
    chain.dropOldest();
    expect(names(chain.needed)).toBe('3 4');
    chain.append(link(5, '2!'));
    expect(names(chain.needed)).toBe('4 5');
  });
});
