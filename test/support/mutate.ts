import type { Bytes } from '../../src/core/index.ts';
import { seededRandom } from './random.ts';

/** An object as it lies on some node. */
export interface StoredObject {
  readonly node: number;
  readonly name: string;
  readonly bytes: Bytes;
}

/** What an enemy, or a failing disk, did to the objects. Bytes undefined: deleted. */
export interface Mutation {
  /** For the message of a failed assertion. */
  readonly what: string;
  readonly changes: readonly {
    readonly node: number;
    readonly name: string;
    readonly bytes: Bytes | undefined;
  }[];
}

/**
 * One mutation of the objects, the same for the same seed: a bit flipped, a run of bytes overwritten, a
 * truncation, an extension, a deletion, two objects swapped, one copied over another, or two ranges within
 * one exchanged. Touches one object, or two.
 */
export function mutate(objects: readonly StoredObject[], seed: number): Mutation {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (): StoredObject => {
    const object = objects[below(objects.length)];
    if (!object) throw new Error('nothing to mutate');
    return object;
  };
  const target = pick();
  const { bytes } = target;
  const changed = (what: string, after: Bytes | undefined): Mutation => ({
    what: `${what} in ${target.name} on node ${target.node} (seed ${seed})`,
    changes: [{ node: target.node, name: target.name, bytes: after }],
  });

  switch (below(9)) {
    // A single bit is the case that matters most, and the tail is where table, manifest and footer lie.
    case 0:
    case 1: {
      const after = bytes.slice();
      const at =
        below(2) === 0 ? below(bytes.length) : bytes.length - 1 - below(Math.min(4_096, bytes.length));
      after[at] = (after[at] ?? 0) ^ (1 << below(8));
      return changed(`a bit of byte ${at} flipped`, after);
    }
    case 2: {
      const after = bytes.slice();
      const at = below(bytes.length);
      const length = 1 + below(Math.min(200_000, bytes.length - at));
      for (let i = at; i < at + length; i++) after[i] = below(256);
      return changed(`${length} bytes from ${at} overwritten`, after);
    }
    case 3: {
      const length = below(bytes.length);
      return changed(`cut to ${length} bytes`, bytes.slice(0, length));
    }
    case 4: {
      const after = new Uint8Array(bytes.length + 1 + below(100_000));
      after.set(bytes);
      return changed(`${after.length - bytes.length} bytes appended`, after);
    }
    case 5:
      return changed('deletion', undefined);
    case 6: {
      const other = pick();
      return {
        what: `${target.name} on node ${target.node} swapped with ${other.name} on ${other.node} (seed ${seed})`,
        changes: [
          { node: target.node, name: target.name, bytes: other.bytes },
          { node: other.node, name: other.name, bytes },
        ],
      };
    }
    case 7: {
      const other = pick();
      return changed(`a copy of ${other.name}`, other.bytes);
    }
    default: {
      const after = bytes.slice();
      const length = 1 + below(Math.floor(bytes.length / 2));
      const a = below(bytes.length - 2 * length + 1);
      const b = a + length;
      after.set(bytes.subarray(b, b + length), a);
      after.set(bytes.subarray(a, a + length), b);
      return changed(`${length} bytes exchanged at ${a} and ${b}`, after);
    }
  }
}
