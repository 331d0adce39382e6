import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryId } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import { parseConfig } from '../config/config.ts';
import { openDataFolder } from '../data-folder.ts';
import { readNodeFile, writeNodeFile } from './node-file.ts';
import { becomeNode, mountNodes } from './nodes.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'clef-nodes-'));
});
afterEach(() => rm(place, { recursive: true }));

const now = () => 1_700_000_000_000;

/** Starts and stops on one data folder; tells which nodes were there. */
async function mount(
  data: string,
  names: readonly string[],
  options: { readonly libraryId?: LibraryId; readonly kit?: readonly KitNode[] } = {},
) {
  const config = parseConfig({
    env: { CLEF_NODES: names.map((name) => `${join(place, name)}#domain=${name}`).join(',') },
  });
  const { libraryId } = options;
  using folder = await openDataFolder({ root: join(place, data), now, ...(libraryId && { libraryId }) });
  const { nodes, places } = await mountNodes({
    config,
    data: folder,
    now,
    fromKit: options.kit ?? [],
    warn: () => undefined,
  });
  const reachable = nodes.reachable().map(({ id }) => id);
  await nodes[Symbol.asyncDispose]();
  return { places, reachable, libraryId: folder.identity.libraryId };
}

test("a new data folder is refused on another library's nodes, and marks none of them", async () => {
  await mount('data', ['a', 'b']);
  const before = await readFile(join(place, 'a', 'clef-node.json'), 'utf8');
  await mkdir(join(place, 'new'));
  await expect(mount('other', ['new', 'a', 'b'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('clef vault recover'),
  });
  expect(await readdir(join(place, 'new'))).toEqual([]);
  expect(await readFile(join(place, 'a', 'clef-node.json'), 'utf8')).toBe(before);
});

test('after such a refusal the library can still be recovered into that folder', async () => {
  const { libraryId, places } = await mount('data', ['a']);
  await expect(mount('other', ['a'])).rejects.toMatchObject({ code: 'config-invalid' });
  expect((await mount('other', ['a'], { libraryId })).places).toEqual(places);
});

test('a recovery takes a node of the kit that does not show for one that is away', async () => {
  const { libraryId, places } = await mount('data', ['a', 'b']);
  await rm(join(place, 'b'), { recursive: true });
  await mkdir(join(place, 'b'));
  const recovered = await mount('new', ['a', 'b'], { libraryId, kit: places });
  expect(recovered.places).toEqual(places);
  expect(recovered.reachable).toEqual([places[0]?.id]);
  expect(await readdir(join(place, 'b'))).toEqual([]);
});

test('what a killed upload left does not keep a folder from becoming a node', async () => {
  await mkdir(join(place, 'a', '.tmp-uploads'), { recursive: true });
  await mkdir(join(place, 'a', 'lost+found'));
  expect((await mount('data', ['a'])).reachable).toHaveLength(1);
});

test('a folder with other things in it becomes no node', async () => {
  await mkdir(join(place, 'a', 'photos'), { recursive: true });
  await expect(mount('data', ['a'])).rejects.toMatchObject({ code: 'config-invalid' });
});

test('a bucket is refused in a sentence, which shows nothing of its key', async () => {
  const keyFile = join(place, 'bucket.key');
  using data = await openDataFolder({ root: join(place, 'data'), now });
  const config = parseConfig({
    env: { CLEF_NODES: `s3://nowhere?endpoint=http://127.0.0.1:9&key=${keyFile}` },
  });
  const refusal = async () =>
    mountNodes({ config, data, now, warn: () => undefined }).then(String, ({ message }: Error) => message);
  expect(await refusal()).toContain('the key file of a bucket cannot be read (ENOENT)');
  await writeFile(keyFile, 'secret_key = "top secret\n');
  expect(await refusal()).toMatch(/wants two lines: access_key/);
  expect(await refusal()).not.toContain('top secret');
  await writeFile(keyFile, 'access_key = "a"\nsecret_key = "b"\n');
  expect(await refusal()).toMatch(/a bucket cannot become a node: .*cannot be reached/);
});

/** A registry over one named folder, `a`, in a data folder of its own. */
async function openRegistry(env: Record<string, string> = {}, names: readonly string[] = ['a']) {
  const stack = new AsyncDisposableStack();
  const data = stack.use(await openDataFolder({ root: join(place, 'data'), now }));
  const warnings: string[] = [];
  const nodes = names.map((name) => `${join(place, name)}#domain=${name}`).join(',');
  const registry = stack.use(
    await mountNodes({
      config: parseConfig({ env: { CLEF_NODES: nodes, ...env } }),
      data,
      now,
      warn: (message) => warnings.push(message),
    }),
  );
  const add = (name: string) => registry.add(join(place, name), (at) => becomeNode(at, data));
  return { data, registry, warnings, add, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a file of an older Clef is read, and its nodes stay who they are', async () => {
  let before;
  {
    await using first = await openRegistry();
    before = first.registry.places;
    await writeFile(
      first.data.nodesFile,
      JSON.stringify(Object.fromEntries(before.map(({ id, place: name }) => [name, id]))),
    );
  }
  await using second = await openRegistry();
  expect(second.registry.places).toEqual(before);
  expect((await readNodeFile(second.data)).nodes).toMatchObject([
    { use: 'used', totalBytes: expect.any(Number) },
  ]);
});

test('a node that was added is there at the next start, without the settings naming it', async () => {
  let id;
  {
    await using first = await openRegistry();
    id = await first.add('b');
    expect(first.registry.nodes.reachable().map((node) => node.id)).toContain(id);
  }
  await using second = await openRegistry();
  expect(second.registry.find(id).place).toBe(join(place, 'b'));
  expect(second.registry.nodes.reachable()).toHaveLength(2);
});

test('a node that is drained takes no new columns, also after a start, until it is added again', async () => {
  {
    await using first = await openRegistry({}, ['a', 'b']);
    await first.registry.use(first.registry.find(join(place, 'a')).id, 'draining');
  }
  await using second = await openRegistry({}, ['a', 'b']);
  const weights = () => second.registry.list().map(({ use, weight }) => [use, weight > 0]);
  expect(weights()).toEqual([
    ['draining', false],
    ['used', true],
  ]);
  await second.add('a');
  expect(weights()).toEqual([
    ['used', true],
    ['used', true],
  ]);
});

test('a node that was removed is not used again because the settings still name it', async () => {
  {
    await using first = await openRegistry({}, ['a', 'b']);
    await first.registry.use(first.registry.find(join(place, 'b')).id, 'removed');
    expect(first.registry.nodes.known()).toHaveLength(1);
  }
  await using second = await openRegistry({}, ['a', 'b']);
  expect(second.registry.places).toHaveLength(1);
  expect(second.warnings).toEqual([expect.stringContaining('was removed')]);
});

test('a policy that was set wins over the settings, and both are named', async () => {
  {
    await using first = await openRegistry({ CLEF_POLICY: '1+1' }, ['a', 'b', 'c']);
    await first.registry.setPolicy({ k: 2, m: 1 });
  }
  await using second = await openRegistry({ CLEF_POLICY: '1+1' }, ['a', 'b', 'c']);
  expect(second.registry.policy).toEqual({ k: 2, m: 1 });
  expect(second.warnings).toEqual([expect.stringMatching(/2\+1.*1\+1/)]);
});

test('what another server said of a node holds where the settings say nothing, and is said on', async () => {
  const { libraryId, places } = await mount('other', ['a', 'b']);
  using data = await openDataFolder({ root: join(place, 'data'), now, libraryId });
  const [a, b] = places.map(({ id, place: name }) => ({ id, place: name, use: 'used' as const }));
  if (!a || !b) throw new Error('two nodes were mounted');
  await writeNodeFile(data, {
    policy: { k: 1, m: 1 },
    nodes: [
      { ...a, domain: 'attic', weight: 3 },
      { ...b, domain: 'cellar', weight: 3 },
    ],
  });
  const config = parseConfig({ env: { CLEF_NODES: `${a.place},${b.place}#domain=barn#weight=1` } });
  await using registry = await mountNodes({ config, data, now, warn: () => undefined });
  expect(registry.policy).toEqual({ k: 1, m: 1 });
  expect(registry.invited).toEqual([
    { ...a, domain: 'attic', weight: 3 },
    { ...b, domain: 'barn', weight: 1 },
  ]);
  expect(registry.list().map(({ weight }) => weight)).toEqual([3, 1]);
});

test('nodes are found by place, id, and a beginning that only one has', async () => {
  await using first = await openRegistry({}, ['a', 'b']);
  const [a] = first.registry.list();
  expect(first.registry.find(a?.id.slice(0, 8) ?? '').id).toBe(a?.id);
  expect(() => first.registry.find('zzzz')).toThrow(expect.objectContaining({ code: 'not-found' }));
});
