import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeStorageNode, type StorageNodeHarness } from '../../../test/contracts/storage-node.ts';
import { OBJECT_BYTES } from '../../../test/support/node-writer.ts';
import { mountSmallDisk } from '../../../test/support/small-disk.ts';
import { type ErrorCode, type LibraryId, type NodeId, randomId, utf8 } from '../../core/index.ts';
import { TRUST_MS } from './marker.ts';
import { MAX_OPEN_OBJECTS } from './directory/open-objects.ts';
import { UPLOAD_FOLDER } from './directory/uploads.ts';
import {
  type DirectoryNode,
  type DirectoryNodeSettings,
  initDirectoryNode,
  openDirectoryNode,
} from './directory.ts';
import type { ByteSource, StorageNode } from './port.ts';

async function harness(publish: 'auto' | 'rename'): Promise<StorageNodeHarness> {
  const base = await mkdtemp(join(tmpdir(), 'clef-directory-node-'));
  const root = join(base, 'node');
  let skippedMs = 0;
  const now = (): number => Date.now() + skippedMs;
  await initDirectoryNode({ root, random: randomBytes });
  const node = await openDirectoryNode({ root, publish, now });
  return {
    node,
    loseEverything: async () => {
      await rename(root, join(base, 'elsewhere'));
      await mkdir(root);
    },
    bringBack: async () => {
      await rm(root, { recursive: true });
      await rename(join(base, 'elsewhere'), root);
    },
    swapIdentity: async () => {
      await rename(root, join(base, 'elsewhere'));
      await initDirectoryNode({ root, random: randomBytes });
    },
    expireChecks: () => {
      skippedMs += TRUST_MS;
    },
    plantTemporary: async (ageMs) => {
      await mkdir(join(root, UPLOAD_FOLDER), { recursive: true });
      const path = join(root, UPLOAD_FOLDER, `planted-${ageMs}`);
      await writeFile(path, 'unfinished');
      const modified = new Date(now() - ageMs);
      await utimes(path, modified, modified);
    },
    truncate: (name, lengthBytes) => truncate(join(root, name), lengthBytes),
    [Symbol.asyncDispose]: async () => {
      await node[Symbol.asyncDispose]();
      await rm(base, { recursive: true });
    },
  };
}

describeStorageNode('a directory', () => harness('auto'));
describeStorageNode('a directory without hard links', () => harness('rename'));

describe('a directory node', () => {
  let base: string;
  let root: string;
  let open: DirectoryNode[];

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'clef-directory-node-'));
    root = join(base, 'node');
    open = [];
    await initDirectoryNode({ root, random: randomBytes });
  });
  afterEach(async () => {
    for (const node of open) await node[Symbol.asyncDispose]();
    await rm(base, { recursive: true });
  });

  async function opened(settings: Partial<DirectoryNodeSettings> = {}): Promise<DirectoryNode> {
    const node = await openDirectoryNode({ root, ...settings });
    open.push(node);
    return node;
  }

  test('keeps objects from the eyes of other users', async () => {
    const node = await opened();
    await node.create('ab/cd/object', pieces('secret'));
    for (const folder of ['', 'ab', 'ab/cd', UPLOAD_FOLDER]) {
      expect((await stat(join(root, folder))).mode & 0o777).toBe(0o700);
    }
    for (const file of ['clef-node.json', 'ab/cd/object']) {
      expect((await stat(join(root, file))).mode & 0o777).toBe(0o600);
    }
  });

  test('says which device it lies on, unless it was told its failure domain', async () => {
    const { dev } = await stat(root);
    expect((await opened()).failureDomain).toBe(`dev:${dev}`);
    expect((await opened({ failureDomain: 'cellar' })).failureDomain).toBe('cellar');
  });

  test('is not made in a folder that is a node already, or holds other things', async () => {
    await failsWith('node-object-exists', initDirectoryNode({ root, random: randomBytes }));
    await mkdir(join(base, 'music'));
    await writeFile(join(base, 'music', 'song.ogg'), 'x');
    await failsWith('data-invalid', initDirectoryNode({ root: join(base, 'music'), random: randomBytes }));
  });

  test('names the library it was made for in its marker', async () => {
    const library = randomId<LibraryId>(randomBytes);
    const nodeId = await initDirectoryNode({ root: join(base, 'new'), random: randomBytes, library });
    const marker: unknown = JSON.parse(await readFile(join(base, 'new', 'clef-node.json'), 'utf8'));
    expect(marker).toEqual({ format: 1, nodeId, library });
  });

  test('does not open without a marker, nor with a damaged one, nor with that of a newer Clef', async () => {
    await failsWith('node-offline', openDirectoryNode({ root: join(base, 'absent') }));
    await failsWith('node-offline', openDirectoryNode({ root: base }));
    const id = 'a'.repeat(32);
    const faulty = ['', '{', '[]', 'null', '{"format":1}', '{"format":1,"nodeId":"x"}'];
    for (const text of [...faulty, `{"format":1,"nodeId":"${id}","library":7}`, ' '.repeat(10_000)]) {
      await writeFile(join(root, 'clef-node.json'), text);
      await failsWith('node-offline', openDirectoryNode({ root }));
    }
    await writeFile(join(root, 'clef-node.json'), `{"format":2,"nodeId":"${id}"}`);
    await failsWith('unsupported-format', openDirectoryNode({ root }));
  });

  test('opens before its disk is there when its id is known, and answers once it is', async () => {
    const { id } = await opened();
    await rename(root, join(base, 'elsewhere'));
    const node = await opened({ expectedId: id });
    expect(node.failureDomain).toBe(`node:${id}`);
    await failsWith('node-offline', node.stat('object'));
    await rename(join(base, 'elsewhere'), root);
    await node.create('object', pieces('x'));
    expect(node.failureDomain).toMatch(/^dev:/);
  });

  test('refuses another node under the id it was told', async () => {
    const node = await opened({ expectedId: randomId<NodeId>(randomBytes) });
    await failsWith('node-offline', node.stat('object'));
  });

  test('follows no link out of its folder, neither to read nor to write', async () => {
    const node = await opened();
    await mkdir(join(base, 'outside'));
    await writeFile(join(base, 'outside', 'object'), 'private');
    await symlink(join(base, 'outside'), join(root, 'linked'));
    await symlink(join(base, 'outside', 'object'), join(root, 'object'));
    await failsWith('node-io', node.create('linked/folder/new', pieces('x')));
    for (const name of ['linked/object', 'linked/new']) {
      await failsWith('node-io', node.create(name, pieces('x')));
      await failsWith('node-io', node.read(name, 0, 1));
      await failsWith('node-io', node.stat(name));
      await failsWith('node-io', node.delete(name));
    }
    await failsWith('node-object-missing', node.read('object', 0, 1));
    expect(await node.stat('object')).toBeUndefined();
    expect(await names(node)).toEqual([]);
    await node.delete('object');
    expect(await readdir(join(base, 'outside'))).toEqual(['object']);
    expect(await readFile(join(base, 'outside', 'object'), 'utf8')).toBe('private');
  });

  test('may itself be reached through a link', async () => {
    await symlink(root, join(base, 'link'));
    const node = await opened({ root: join(base, 'link') });
    await node.create('ab/object', pieces('x'));
    expect(await names(node)).toEqual(['ab/object']);
    expect(await text(node, 'ab/object')).toBe('x');
  });

  test('does not wait for a pipe, and lists no foreign file', async () => {
    const node = await opened();
    await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
    await writeFile(join(root, 'Thumbs.db'), 'x');
    await mkdir(join(root, 'lost+found'));
    await failsWith('node-object-missing', node.read('pipe', 0, 1));
    expect(await names(node)).toEqual([]);
  });

  test('reads more objects than it keeps open', async () => {
    const node = await opened();
    const wanted = Array.from({ length: MAX_OPEN_OBJECTS + 20 }, (_, i) => `object.${i}`);
    await Promise.all(wanted.map((name) => node.create(name, pieces(name))));
    for (let round = 0; round < 2; round++) {
      expect(await Promise.all(wanted.map((name) => text(node, name)))).toEqual(wanted);
    }
    const openFiles = await readdir('/proc/self/fd').catch(() => []);
    const links = await Promise.all(openFiles.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(links.filter((link) => link.startsWith(root)).length).toBeLessThanOrEqual(MAX_OPEN_OBJECTS);
  });

  test('notices within a second that another process exchanged or removed an object', async () => {
    let nowMs = 0;
    const node = await opened({ now: () => nowMs });
    const other = await opened();
    const { version } = await node.create('object', pieces('old'));
    expect(await text(node, 'object')).toBe('old');
    await other.replace('object', version, pieces('new'));
    nowMs += TRUST_MS;
    expect(await text(node, 'object')).toBe('new');
    await other.delete('object');
    nowMs += TRUST_MS;
    await failsWith('node-object-missing', node.read('object', 0, 1));
  });

  test('removes folders that became empty, but never its own', async () => {
    const node = await opened();
    await node.create('ab/cd/one', pieces('x'));
    await node.create('ab/two', pieces('x'));
    await node.delete('ab/cd/one');
    expect(await readdir(join(root, 'ab'))).toEqual(['two']);
    await node.delete('ab/two');
    expect((await readdir(root)).sort()).toEqual([UPLOAD_FOLDER, 'clef-node.json'].sort());
  });

  test("passes on a failed system call of the source, and does not take it for the node's", async () => {
    const node = await opened();
    const missing = readFile(join(base, 'no such song'));
    const fault: unknown = await missing.catch((error: unknown) => error);
    async function* source(): ByteSource {
      yield await missing;
    }
    await expect(node.create('object', source())).rejects.toBe(fault);
  });

  test('names no path of the user in its errors', async () => {
    const node = await opened();
    await mkdir(join(root, 'object.folder'));
    await writeFile(join(root, 'file'), 'x');
    const failed: unknown = await node.create('file/below', pieces('x')).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'node-io' });
    expect(inspect(failed, { depth: 5 }).split('\n')[0]).not.toContain(base);
    expect(failed).not.toHaveProperty('cause');
  });

  test('answers nothing after it was closed', async () => {
    const node = await opened();
    await node.create('object', pieces('x'));
    await node[Symbol.asyncDispose]();
    await failsWith('node-offline', node.read('object', 0, 1));
  });

  test('shows no part of an object whose writer was killed, and removes what it left', async () => {
    const node = await opened();
    const random = randomBytes(KILLS);
    for (const byte of random) {
      const writer = spawn(process.execPath, [WRITER, root], { stdio: ['ignore', 'pipe', 'inherit'] });
      let lines = 0;
      for await (const chunk of writer.stdout) {
        lines += String(chunk).split('\n').length - 1;
        if (lines >= 2 + byte) writer.kill('SIGKILL');
      }
    }
    for (const name of await names(node)) {
      const bytes = await node.read(name, 0, OBJECT_BYTES);
      const value = Number(name.slice(name.lastIndexOf('.') + 1));
      expect(bytes.every((byte) => byte === value)).toBe(true);
      expect((await node.stat(name))?.lengthBytes).toBe(OBJECT_BYTES);
    }
    expect(await node.removeTemporary(0)).toBeGreaterThan(0);
    expect(await readdir(join(root, UPLOAD_FOLDER))).toEqual([]);
  });

  test('on a full disk says so, leaves no trace, and keeps what it had', async (context) => {
    const folder = join(base, 'small');
    await mkdir(folder);
    const disk = await mountSmallDisk(folder, 1_048_576);
    if ('skipped' in disk) return context.skip(disk.skipped);
    try {
      await initDirectoryNode({ root: folder, random: randomBytes });
      const node = await opened({ root: folder });
      await node.create('object', pieces('kept'));
      const { freeBytes } = await node.free();
      const tooMuch = ['x'.repeat(600_000), 'y'.repeat(600_000)];
      await failsWith('node-full', node.create('big', pieces(...tooMuch)));
      const { version } = (await node.stat('object')) ?? { version: '' };
      await failsWith('node-full', node.replace('object', version, pieces(...tooMuch)));
      expect(await names(node)).toEqual(['object']);
      expect(await readdir(join(folder, UPLOAD_FOLDER))).toEqual([]);
      expect((await node.free()).freeBytes).toBe(freeBytes);
      expect(await text(node, 'object')).toBe('kept');
      await node[Symbol.asyncDispose]();
    } finally {
      await disk.unmount();
    }
    await failsWith('node-offline', openDirectoryNode({ root: folder }));
    return undefined;
  });
});

const KILLS = 4;
const WRITER = join(import.meta.dirname, '../../../test/support/node-writer.ts');

async function failsWith(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toMatchObject({ code });
}

async function names(node: StorageNode): Promise<string[]> {
  const listed: string[] = [];
  for await (const { name } of node.list('')) listed.push(name);
  return listed.sort();
}

async function text(node: StorageNode, name: string): Promise<string> {
  const info = await node.stat(name);
  return new TextDecoder().decode(await node.read(name, 0, info?.lengthBytes ?? 0));
}

async function* pieces(...texts: readonly string[]): ByteSource {
  for (const piece of texts) yield utf8(piece);
}
