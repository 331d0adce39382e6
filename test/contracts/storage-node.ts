import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bytes, type ErrorCode, equalBytes, utf8 } from '../../src/core/index.ts';
import type { ByteSource, ObjectInfo, StorageNode } from '../../src/vault/nodes/port.ts';

/** One node under test and what only its adapter knows how to do to it. */
export interface StorageNodeHarness extends AsyncDisposable {
  readonly node: StorageNode;
  /** The marker vanishes together with everything else, as under a mount point that was emptied. */
  loseEverything(): Promise<void>;
  /** What `loseEverything` took away is back. */
  bringBack(): Promise<void>;
  /** Another node is found in this one's place. */
  readonly swapIdentity: () => Promise<void>;
  /** Checks that the node made in the past are no longer trusted. */
  expireChecks(): void;
  /** Leaves an unfinished upload of this age behind. Undefined where none can outlive its call. */
  readonly plantTemporary?: (ageMs: number) => Promise<void>;
  /** Cuts an object short behind the node's back. */
  truncate(name: string, lengthBytes: number): Promise<void>;
  /** A call takes a hundred times as long as on a disk: what is done many times is done less often in `check`. */
  readonly isFar?: boolean;
}

const isInFull = process.env['CLEF_NODES_IN_FULL'] === '1';

const BIG_OBJECT_BYTES = 9 * 1024 * 1024 + 1;
const PIECE_BYTES = 300_000;
const RACERS = 12;

/** Every sentence of the StorageNode port, as a test. */
export function describeStorageNode(name: string, factory: () => Promise<StorageNodeHarness>): void {
  describe(`${name} as a storage node`, () => {
    let harness: StorageNodeHarness;
    let node: StorageNode;

    beforeEach(async () => {
      harness = await factory();
      node = harness.node;
    });
    afterEach(async () => {
      await harness[Symbol.asyncDispose]();
    });

    const times = (full: number): number =>
      harness.isFar === true && !isInFull ? Math.ceil(full / 8) : full;

    describe('create', () => {
      test('makes an object readable and describes it', async () => {
        const info = await node.create('ab/cd/object.0', pieces('one', 'two'));
        expect(info.name).toBe('ab/cd/object.0');
        expect(info.lengthBytes).toBe(6);
        expect(info.modifiedAtMs).toBeGreaterThan(0);
        expect(await node.stat('ab/cd/object.0')).toEqual(info);
        expect(await node.read('ab/cd/object.0', 0, 6)).toEqual(utf8('onetwo'));
      });

      test('keeps an empty object', async () => {
        const info = await node.create('empty', pieces());
        expect(info.lengthBytes).toBe(0);
        expect(await node.read('empty', 0, 0)).toEqual(new Uint8Array(0));
        expect(await names(node, '')).toEqual(['empty']);
      });

      test('keeps a big object whole, in whatever pieces it comes', async () => {
        const bytes = patterned(BIG_OBJECT_BYTES);
        await node.create('big', inPieces(bytes, PIECE_BYTES));
        expect(equalBytes(await node.read('big', 0, bytes.length), bytes)).toBe(true);
        expect(await node.read('big', PIECE_BYTES - 1, 2)).toEqual(
          bytes.slice(PIECE_BYTES - 1, PIECE_BYTES + 1),
        );
        expect(await node.read('big', bytes.length - 1, 1)).toEqual(bytes.slice(-1));
      });

      test('copies what it takes, so that a source may reuse its buffer', async () => {
        const buffer = new Uint8Array(4);
        async function* reusing(): ByteSource {
          for (let value = 1; value <= 3; value++) {
            buffer.fill(value);
            yield buffer;
          }
        }
        await node.create('reused', reusing());
        buffer.fill(9);
        expect([...(await node.read('reused', 0, 12))]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
      });

      test('fails where the name is taken, and leaves the first object alone', async () => {
        await node.create('taken', pieces('first'));
        await failsWith('node-object-exists', node.create('taken', pieces('first')));
        await failsWith('node-object-exists', node.create('taken', pieces('second, longer')));
        expect(await content(node, 'taken')).toBe('first');
      });

      test('shows nothing before the source has ended', async () => {
        const gate = Promise.withResolvers<void>();
        const reached = Promise.withResolvers<void>();
        async function* slow(): ByteSource {
          yield utf8('first half, ');
          reached.resolve();
          await gate.promise;
          yield utf8('second half');
        }
        const creating = node.create('slow', slow());
        await reached.promise;
        expect(await node.stat('slow')).toBeUndefined();
        await failsWith('node-object-missing', node.read('slow', 0, 1));
        expect(await names(node, '')).toEqual([]);
        gate.resolve();
        await creating;
        expect(await content(node, 'slow')).toBe('first half, second half');
      });

      test('lets exactly one of many concurrent creates of one name win', async () => {
        const results = await Promise.allSettled(
          Array.from({ length: RACERS }, (_, i) =>
            node.create('contended', pieces(`winner ${i}`, ' is whole')),
          ),
        );
        const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        for (const result of results) {
          if (result.status === 'rejected')
            expect(result.reason).toMatchObject({ code: 'node-object-exists' });
        }
        expect(await content(node, 'contended')).toBe(`winner ${winners[0]} is whole`);
        expect(await names(node, '')).toEqual(['contended']);
      });

      test('takes many different names in one folder at once', async () => {
        const wanted = Array.from({ length: RACERS }, (_, i) => `shared/folder/object.${i}`);
        await Promise.all(wanted.map((name) => node.create(name, pieces(name))));
        expect(await names(node, 'shared/')).toEqual([...wanted].sort());
      });

      test('passes on the error of a source that fails, and leaves nothing', async () => {
        const fault = new Error('the source broke');
        await expect(node.create('failed', failing(fault))).rejects.toBe(fault);
        await leavesNothing(node, 'failed');
      });

      test('stops at an abort, even when the source hangs, and leaves nothing', async () => {
        const controller = new AbortController();
        const reason = new Error('enough');
        async function* hanging(): ByteSource {
          yield utf8('some');
          controller.abort(reason);
          await new Promise<never>(() => undefined);
        }
        const creating = node.create('aborted', hanging(), { signal: controller.signal });
        await expect(creating).rejects.toBe(reason);
        await leavesNothing(node, 'aborted');
      });
    });

    describe('replace', () => {
      test('exchanges an object of the expected version for another', async () => {
        const before = await node.create('object', pieces('before'));
        const after = await node.replace('object', before.version, pieces('after it'));
        expect(after.lengthBytes).toBe(8);
        expect(await node.stat('object')).toEqual(after);
        expect(await content(node, 'object')).toBe('after it');
      });

      test('gives bytes of equal length a new version, and reads them at once', async () => {
        const before = await node.create('object', pieces('old bytes'));
        expect(await content(node, 'object')).toBe('old bytes');
        const after = await node.replace('object', before.version, pieces('new bytes'));
        expect(after.version).not.toBe(before.version);
        expect(await content(node, 'object')).toBe('new bytes');
      });

      test('refuses a version that is no longer there', async () => {
        const first = await node.create('object', pieces('first'));
        await node.replace('object', first.version, pieces('second'));
        await failsWith('node-version-mismatch', node.replace('object', first.version, pieces('third')));
        expect(await content(node, 'object')).toBe('second');
      });

      test('refuses an absent name', async () => {
        await failsWith('node-object-missing', node.replace('absent', 'x', pieces('y')));
        await leavesNothing(node, 'absent');
      });

      test('lets exactly one of many concurrent replaces of one version win', async () => {
        const { version } = await node.create('object', pieces('start'));
        const results = await Promise.allSettled(
          Array.from({ length: RACERS }, (_, i) => node.replace('object', version, pieces(`winner ${i}`))),
        );
        const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        expect(await content(node, 'object')).toBe(`winner ${winners[0]}`);
      });

      test('keeps the old object when the source fails or the call is aborted', async () => {
        const { version } = await node.create('object', pieces('kept'));
        await expect(node.replace('object', version, failing(new Error('the source broke')))).rejects.toThrow(
          'the source broke',
        );
        const controller = new AbortController();
        async function* aborting(): ByteSource {
          yield utf8('lost');
          controller.abort(new Error('enough'));
          yield utf8('too');
        }
        const replacing = node.replace('object', version, aborting(), { signal: controller.signal });
        await expect(replacing).rejects.toThrow('enough');
        expect(await content(node, 'object')).toBe('kept');
        expect(await node.stat('object')).toMatchObject({ version });
      });
    });

    describe('read', () => {
      test('gives exactly the bytes asked for', async () => {
        await node.create('letters', pieces('abcdefghij'));
        expect(await node.read('letters', 0, 3)).toEqual(utf8('abc'));
        expect(await node.read('letters', 3, 4)).toEqual(utf8('defg'));
        expect(await node.read('letters', 9, 1)).toEqual(utf8('j'));
        expect(await node.read('letters', 10, 0)).toEqual(new Uint8Array(0));
      });

      test('hands over bytes that the caller owns', async () => {
        await node.create('letters', pieces('abcdef'));
        const mine = await node.read('letters', 0, 6);
        expect(mine.byteOffset).toBe(0);
        expect(mine.buffer.byteLength).toBe(6);
        mine.buffer.transfer(0);
        expect(await content(node, 'letters')).toBe('abcdef');
      });

      test('calls an object that ends before truncated, never gives a short result', async () => {
        await node.create('letters', pieces('abcdef'));
        await failsWith('node-object-truncated', node.read('letters', 0, 7));
        await failsWith('node-object-truncated', node.read('letters', 5, 2));
        await failsWith('node-object-truncated', node.read('letters', 7, 0));
        await failsWith('node-object-truncated', node.read('letters', 2 ** 40, 2 ** 40));
      });

      test('calls an object truncated that was cut behind its back', async () => {
        await node.create('letters', pieces('abcdef'));
        expect(await content(node, 'letters')).toBe('abcdef');
        await harness.truncate('letters', 4);
        await failsWith('node-object-truncated', node.read('letters', 2, 4));
        harness.expireChecks();
        await failsWith('node-object-truncated', node.read('letters', 2, 4));
        expect(await node.read('letters', 0, 4)).toEqual(utf8('abcd'));
      });

      test('calls an absent object missing', async () => {
        await failsWith('node-object-missing', node.read('absent', 0, 1));
        await node.create('folder/object', pieces('x'));
        await failsWith('node-object-missing', node.read('folder', 0, 1));
        await failsWith('node-object-missing', node.read('folder/object/below', 0, 1));
      });

      test('refuses a range that is none', async () => {
        await node.create('letters', pieces('abcdef'));
        for (const [offset, length] of [
          [-1, 1],
          [0, -1],
          [0.5, 1],
          [0, Number.NaN],
          [0, Infinity],
        ] as const) {
          await failsWith('bad-request', node.read('letters', offset, length));
        }
      });

      test('serves many readers of many objects at once', async () => {
        const wanted = Array.from({ length: times(40) }, (_, i) => `object.${i}`);
        for (const name of wanted) await node.create(name, pieces(name));
        const read = await Promise.all([...wanted, ...wanted].map((name) => content(node, name)));
        expect(read).toEqual([...wanted, ...wanted]);
      });
    });

    describe('stat', () => {
      test('knows an absent name and a folder as undefined', async () => {
        await node.create('folder/object', pieces('x'));
        expect(await node.stat('absent')).toBeUndefined();
        expect(await node.stat('folder')).toBeUndefined();
        expect(await node.stat('folder/object/below')).toBeUndefined();
      });

      test('gives one version until the bytes change', async () => {
        const info = await node.create('object', pieces('x'));
        await content(node, 'object');
        expect(await node.stat('object')).toEqual(info);
        expect(await node.stat('object')).toEqual(info);
      });
    });

    describe('list', () => {
      test('names each object that starts with the prefix once, folders or not', async () => {
        for (const name of ['lib/ab/one.0', 'lib/ab/one.1', 'lib/ac/two.0', 'library', 'other/lib/ab']) {
          await node.create(name, pieces(name));
        }
        expect(await names(node, '')).toEqual(
          ['lib/ab/one.0', 'lib/ab/one.1', 'lib/ac/two.0', 'library', 'other/lib/ab'].sort(),
        );
        expect(await names(node, 'lib/ab/')).toEqual(['lib/ab/one.0', 'lib/ab/one.1']);
        expect(await names(node, 'lib/a')).toEqual(['lib/ab/one.0', 'lib/ab/one.1', 'lib/ac/two.0']);
        expect(await names(node, 'lib')).toEqual(['lib/ab/one.0', 'lib/ab/one.1', 'lib/ac/two.0', 'library']);
        expect(await names(node, 'lib/ab/one.0')).toEqual(['lib/ab/one.0']);
        expect(await names(node, 'nothing/here')).toEqual([]);
        expect(await names(node, 'library/')).toEqual([]);
      });

      test('describes objects as stat does', async () => {
        await node.create('a/object', pieces('12345'));
        const listed = await collect(node.list('a/'));
        expect(listed).toEqual([await node.stat('a/object')]);
      });

      test('does not show the marker', async () => {
        expect(await names(node, '')).toEqual([]);
        expect(await names(node, 'clef')).toEqual([]);
      });

      test('lists each object that stays once, while others come and go', async () => {
        const staying = Array.from({ length: times(300) }, (_, i) => `f${i % 7}/stays.${i}`);
        await Promise.all(staying.map((name) => node.create(name, pieces('s'))));
        const moving = times(20);
        for (let i = 0; i < moving; i++) await node.create(`f${i % 7}/goes.${i}`, pieces('g'));
        const seen: string[] = [];
        let step = 0;
        for await (const { name } of node.list('')) {
          seen.push(name);
          if (step < moving) {
            await node.delete(`f${step % 7}/goes.${step}`);
            await node.create(`f${step % 7}/comes.${step}`, pieces('c'));
            step++;
          }
        }
        const stayed = seen.filter((name) => name.includes('stays'));
        expect(stayed.sort()).toEqual([...staying].sort());
      });

      test('stops at an abort', async () => {
        for (let i = 0; i < 5; i++) await node.create(`object.${i}`, pieces('x'));
        const controller = new AbortController();
        const reason = new Error('enough');
        const listing = async (): Promise<void> => {
          for await (const _ of node.list('', { signal: controller.signal })) controller.abort(reason);
        };
        await expect(listing()).rejects.toBe(reason);
      });
    });

    describe('delete', () => {
      test('removes an object, and its bytes at once', async () => {
        await node.create('a/b/object', pieces('x'));
        expect(await content(node, 'a/b/object')).toBe('x');
        await node.delete('a/b/object');
        await failsWith('node-object-missing', node.read('a/b/object', 0, 1));
        await leavesNothing(node, 'a/b/object');
      });

      test('succeeds on an absent name, again and again', async () => {
        await node.create('a/object', pieces('x'));
        for (const name of ['absent', 'a/absent', 'a', 'a/object/below', 'not/even/a/folder']) {
          await node.delete(name);
          await node.delete(name);
        }
        expect(await names(node, '')).toEqual(['a/object']);
      });

      test('frees the name for another object', async () => {
        await node.create('a/object', pieces('first'));
        expect(await content(node, 'a/object')).toBe('first');
        await node.delete('a/object');
        await node.create('a/object', pieces('other'));
        expect(await content(node, 'a/object')).toBe('other');
      });

      test('of the last object in a folder does not disturb a create beside it', async () => {
        for (let round = 0; round < times(20); round++) {
          await node.create('folder/below/old', pieces('old'));
          await Promise.all([
            node.delete('folder/below/old'),
            node.create('folder/below/new', pieces('new')),
          ]);
          expect(await names(node, '')).toEqual(['folder/below/new']);
          await node.delete('folder/below/new');
        }
      });
    });

    describe('free', () => {
      test('tells the room that is left', async () => {
        const { freeBytes, totalBytes } = await node.free();
        expect(totalBytes).toBeGreaterThan(0);
        expect(freeBytes).toBeGreaterThanOrEqual(0);
        expect(freeBytes).toBeLessThanOrEqual(totalBytes);
      });
    });

    describe('removeTemporary', () => {
      test('removes unfinished uploads that are old enough, and only those', async () => {
        await node.create('object', pieces('kept'));
        const plant = harness.plantTemporary;
        await plant?.(60_000);
        await plant?.(7_200_000);
        expect(await names(node, '')).toEqual(['object']);
        expect(await node.removeTemporary(3_600_000)).toBe(plant ? 1 : 0);
        expect(await node.removeTemporary(3_600_000)).toBe(0);
        expect(await node.removeTemporary(1_000)).toBe(plant ? 1 : 0);
        expect(await content(node, 'object')).toBe('kept');
      });
    });

    describe('names', () => {
      const invalid = [
        '',
        '/',
        '/a',
        'a/',
        'a//b',
        '.',
        '..',
        'a/..',
        '../a',
        'a/../b',
        './a',
        'a/.',
        'A',
        'ä',
        'a b',
        'a\\b',
        'a\0b',
        'a\nb',
        'a:b',
        '.tmp-x',
        'a/.tmp-x',
        '.tmp-x/a',
        'clef-node.json',
        'clef-node.json/a',
        'x'.repeat(201),
        `${'x/'.repeat(100)}x`,
      ];

      test('outside the rules are refused by every call', async () => {
        for (const name of invalid) {
          await failsWith('node-name-invalid', node.create(name, pieces('x')));
          await failsWith('node-name-invalid', node.replace(name, 'v', pieces('x')));
          await failsWith('node-name-invalid', node.read(name, 0, 1));
          await failsWith('node-name-invalid', node.stat(name));
          await failsWith('node-name-invalid', node.delete(name));
        }
        for (const prefix of ['/', 'a//', '../', 'a/../', './', 'A', 'a b', '.tmp-', 'a/.tmp-x']) {
          await failsWith('node-name-invalid', names(node, prefix));
        }
      });

      test('within the rules are kept, up to the longest', async () => {
        const longest = `${'x'.repeat(99)}/${'y'.repeat(100)}`;
        for (const name of [
          'a',
          '0',
          '-',
          '_',
          '.a',
          '..a',
          'a.',
          'a..b',
          '.tmp',
          'x/clef-node.json',
          longest,
        ]) {
          await node.create(name, pieces(name));
          expect(await content(node, name)).toBe(name);
        }
        expect(await names(node, '')).toHaveLength(11);
        expect(await names(node, '.')).toEqual(['..a', '.a', '.tmp']);
      });
    });

    describe('offline', () => {
      test('is what an emptied node is, never empty', async () => {
        const { version } = await node.create('object', pieces('safe'));
        await harness.loseEverything();
        await isOffline(node, version);
        await harness.bringBack();
        expect(await content(node, 'object')).toBe('safe');
        expect(await names(node, '')).toEqual(['object']);
      });

      test('is told at once by a read that finds nothing', async () => {
        await node.create('object', pieces('safe'));
        await harness.loseEverything();
        await failsWith('node-offline', node.read('object', 0, 4));
      });

      test('is told soon by reads of an object that was open', async () => {
        await node.create('object', pieces('safe'));
        expect(await content(node, 'object')).toBe('safe');
        await harness.loseEverything();
        harness.expireChecks();
        await failsWith('node-offline', node.read('object', 0, 4));
        await harness.bringBack();
        expect(await content(node, 'object')).toBe('safe');
      });

      test('is what another node in its place is', async () => {
        const { version } = await node.create('object', pieces('safe'));
        await harness.swapIdentity();
        await isOffline(node, version);
      });

      test('is a transient error', async () => {
        await harness.loseEverything();
        await expect(node.stat('object')).rejects.toMatchObject({ retryable: true });
      });
    });

    test('rejects every call whose signal is already aborted with its reason', async () => {
      const { version } = await node.create('object', pieces('x'));
      const reason = new Error('too late');
      const options = { signal: AbortSignal.abort(reason) };
      const calls = [
        () => node.create('other', pieces('x'), options),
        () => node.replace('object', version, pieces('y'), options),
        () => node.read('object', 0, 1, options),
        () => node.stat('object', options),
        () => collect(node.list('', options)),
        () => node.delete('object', options),
        () => node.free(options),
        () => node.removeTemporary(0, options),
      ];
      for (const call of calls) await expect(call()).rejects.toBe(reason);
      expect(await names(node, '')).toEqual(['object']);
      expect(await content(node, 'object')).toBe('x');
    });
  });
}

async function isOffline(node: StorageNode, version: string): Promise<void> {
  await failsWith('node-offline', node.create('new', pieces('x')));
  await failsWith('node-offline', node.replace('object', version, pieces('x')));
  await failsWith('node-offline', node.read('absent', 0, 1));
  await failsWith('node-offline', node.stat('absent'));
  await failsWith('node-offline', node.stat('object'));
  await failsWith('node-offline', names(node, ''));
  await failsWith('node-offline', names(node, 'not/there/'));
  await failsWith('node-offline', node.delete('object'));
  await failsWith('node-offline', node.free());
  await failsWith('node-offline', node.removeTemporary(0));
}

async function failsWith(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: 'ClefError', code });
}

async function leavesNothing(node: StorageNode, name: string): Promise<void> {
  expect(await node.stat(name)).toBeUndefined();
  expect(await names(node, '')).toEqual([]);
  expect(await node.removeTemporary(0)).toBe(0);
}

async function content(node: StorageNode, name: string): Promise<string> {
  const info = await node.stat(name);
  return new TextDecoder().decode(await node.read(name, 0, info?.lengthBytes ?? 0));
}

async function names(node: StorageNode, prefix: string): Promise<string[]> {
  const listed = await collect(node.list(prefix));
  return listed.map(({ name }) => name).sort();
}

async function collect(listing: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const object of listing) objects.push(object);
  return objects;
}

async function* pieces(...texts: readonly string[]): ByteSource {
  for (const text of texts) yield utf8(text);
}

async function* failing(fault: Error): ByteSource {
  yield utf8('some');
  throw fault;
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): ByteSource {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    yield bytes.subarray(offset, offset + pieceBytes);
  }
}

/** Bytes in which no two positions close together look alike. */
function patterned(lengthBytes: number): Bytes {
  const bytes = new Uint8Array(lengthBytes);
  for (let i = 0; i < lengthBytes; i++) bytes[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 16)) & 0xff;
  return bytes;
}
