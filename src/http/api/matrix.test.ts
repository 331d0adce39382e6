import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { EventListener } from '../../../test/support/event-listener.ts';
import {
  type GoldenServer,
  LOGIN_PASSWORD,
  startGoldenServerOver,
} from '../../../test/support/golden-server.ts';
import { createTestVault, patternBytes } from '../../../test/support/vault.ts';
import { routes } from '../../api/index.ts';
import { type AssetLocation, wireId } from '../../core/index.ts';
import { CELL_CHUNKS, SEALED_CHUNK_BYTES } from '../../crypto/index.ts';
import { columnObjectName } from '../../vault/index.ts';
import { type DirectoryNode, initDirectoryNode, openDirectoryNode } from '../../vault/nodes/directory.ts';

const CELL_BYTES = CELL_CHUNKS * SEALED_CHUNK_BYTES;
const REMEMBERED_MS = 3_000;

describe('the encryption matrix through the native API', () => {
  let stack: AsyncDisposableStack;
  let folder: string;
  let server: GoldenServer<DirectoryNode>;
  let lena: ApiBrowser;
  let asset: AssetLocation;
  let id: string;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    folder = stack.use(await temporaryFolder('matrix')).path;
    const nodes = await Promise.all(['a', 'b', 'c'].map(newNode));
    const vault = await createTestVault(nodes, { policy: { k: 2, m: 1 } });
    server = stack.use(await startGoldenServerOver(vault));
    lena = await signedIn('lena');
    // Three rows and a bit.
    const bytes = patternBytes(7 * CELL_CHUNKS * 65_536, 9);
    const track = await server.library.add({
      tags: { title: 'Long' },
      bytes,
      durationMs: 1_000,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    asset = track.asset;
    id = wireId('tr', track.id);
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  async function newNode(name: string): Promise<DirectoryNode> {
    const root = join(folder, name);
    await initDirectoryNode({ root, random: randomBytes });
    return stack.use(await openDirectoryNode({ root, failureDomain: name }));
  }

  async function signedIn(username: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password: LOGIN_PASSWORD } });
    return browser;
  }

  const matrix = () => lena.call(routes.trackMatrix, { params: { id } });
  const healths = async () => (await matrix()).columns.map(({ health }) => health);

  /** Where a column lies. */
  async function fileOf(column: number): Promise<string> {
    const name = columnObjectName(asset, column);
    const at = server.library.vault.nodes.findIndex((node) => node.id === asset.columnNodes[column]);
    const files = await readdir(folder, { recursive: true });
    const file = files.find((path) => path.startsWith('abc'[at] ?? '?') && path.endsWith(name));
    if (file === undefined) throw new Error('no file has this column');
    return join(folder, file);
  }

  async function flip(file: string, offsetBytes: number): Promise<void> {
    await using handle = await open(file, 'r+');
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, offsetBytes);
    await handle.write(
      byte.map((value) => value ^ 1),
      0,
      1,
      offsetBytes,
    );
  }

  it('shows a whole track, cell by cell, and names its nodes without saying where they are', async () => {
    const shown = await matrix();
    expect(shown).toMatchObject({ k: 2, m: 1, rowCount: 4, durationMs: 1_000 });
    expect(shown.checkedRows).toBeUndefined();
    expect(shown.columns.map(({ role, health, badRows }) => ({ role, health, badRows }))).toEqual([
      { role: 'data', health: 'ok', badRows: [] },
      { role: 'data', health: 'ok', badRows: [] },
      { role: 'parity', health: 'ok', badRows: [] },
    ]);
    expect(new Set(shown.columns.map(({ node }) => node))).toEqual(new Set(['node 1', 'node 2', 'node 3']));
    expect(JSON.stringify(shown)).not.toContain(folder);
  });

  it('misses a column whose file is gone', async () => {
    await rm(await fileOf(1));
    expect(await healths()).toEqual(['ok', 'missing', 'ok']);
  });

  it('finds the row of a byte that changed', async () => {
    await flip(await fileOf(2), 2 * CELL_BYTES + 17);
    const { columns } = await matrix();
    expect(columns.map(({ health }) => health)).toEqual(['ok', 'ok', 'damaged']);
    expect(columns[2]?.badRows).toEqual([2]);
  });

  it('calls a column damaged as a whole where its end is', async () => {
    const file = await fileOf(0);
    const { columns: before } = await matrix();
    expect(before[0]?.health).toBe('ok');
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    await flip(file, size - 1);
    server.clock.nowMs += REMEMBERED_MS + 1;
    expect((await matrix()).columns[0]).toMatchObject({ health: 'damaged', badRows: [] });
  });

  it('tells a node that is away from a column that is missing, at once and to everyone', async () => {
    await using listener = await EventListener.open(lena);
    const admin = await signedIn('admin');
    expect((await admin.call(routes.vault, {})).nodes.map(({ isOnline }) => isOnline)).toEqual([
      true,
      true,
      true,
    ]);
    await rename(join(folder, 'b'), join(folder, 'unplugged'));
    server.clock.nowMs += REMEMBERED_MS + 1;
    const { nodes } = await admin.call(routes.vault, {});
    expect(nodes.map(({ label, isOnline }) => [label, isOnline])).toEqual([
      ['node 1', true],
      ['node 2', false],
      ['node 3', true],
    ]);
    for (;;) {
      const event = await listener.next();
      if (event?.kind === 'vault-changed') break;
      expect(event?.kind).toBe('library-changed');
    }
    const { columns } = await matrix();
    for (const { node, health } of columns) expect(health, node).toBe(node === 'node 2' ? 'offline' : 'ok');
  });

  it('shows a sample of the library as it is, in an order that stays', async () => {
    const before = await lena.call(routes.libraryMatrix, {});
    expect(before.policy).toEqual({ k: 2, m: 1 });
    expect(before.assets.length).toBeGreaterThan(10);
    expect(before.assets.length).toBeLessThanOrEqual(60);
    for (const { cells } of before.assets) {
      expect(new Set(cells.map(({ health }) => health)).difference(new Set(['ok', 'empty']))).toEqual(
        new Set(),
      );
    }
    expect(before.nodes.every((node) => !('freeBytes' in node || 'totalBytes' in node))).toBe(true);
    await rename(join(folder, 'c'), join(folder, 'unplugged'));
    server.clock.nowMs += REMEMBERED_MS + 1;
    const after = await lena.call(routes.libraryMatrix, {});
    expect(after.assets.map(({ trackId }) => trackId)).toEqual(before.assets.map(({ trackId }) => trackId));
    const away = after.assets.flatMap(({ cells }) => cells.filter(({ node }) => node === 'node 3'));
    expect(away.length).toBeGreaterThan(0);
    expect(away.every(({ health }) => health === 'offline')).toBe(true);
    expect(JSON.stringify(after)).not.toContain(folder);
  });

  it('counts what is stored for administrators, and repairs it for them, and for nobody else', async () => {
    const admin = await signedIn('admin');
    const { policy, assets, storedBytes, degradedAssets, nodes } = await admin.call(routes.vault, {});
    expect({ policy, degradedAssets }).toEqual({ policy: { k: 2, m: 1 }, degradedAssets: 0 });
    expect(assets).toBeGreaterThanOrEqual(server.library.tracks.length);
    expect(storedBytes).toBeGreaterThan(7 * CELL_BYTES);
    expect(nodes.every(({ freeBytes }) => freeBytes !== undefined && freeBytes > 0)).toBe(true);
    expect(await lena.problem(routes.vault, {})).toMatchObject({ code: 'not-allowed' });
    expect(await lena.problem(routes.repairVault, {})).toMatchObject({ code: 'not-allowed' });
    expect(await admin.call(routes.vault, {})).not.toHaveProperty('drillIsDue');
    server.ready.drillIsDue = true;
    expect((await admin.call(routes.vault, {})).drillIsDue).toBe(true);
    server.ready.drillIsDue = false;
    expect((await admin.call(routes.vault, {})).repair).toBeUndefined();
    await admin.call(routes.repairVault, {});
    expect(server.ready.repairs).toBe(1);
    expect((await admin.call(routes.vault, {})).repair).toEqual({ done: 3, total: 9 });
    const unknown = { params: { id: 'tr-1' } };
    expect(await lena.problem(routes.trackMatrix, unknown)).toMatchObject({ code: 'not-found' });
  });
});
