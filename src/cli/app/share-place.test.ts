import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { type Samba, SMBD, startSamba } from '../../../test/support/start-samba.ts';
import { parseConfig } from '../config/config.ts';
import { openDataFolder } from '../data-folder.ts';
import { mountNodes } from './nodes.ts';

const now = () => 1_700_000_000_000;

describe.skipIf(isAbsent(SMBD))('a share among the nodes', () => {
  let samba: Samba;
  let place: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    samba = await startSamba({ shares: ['music'] });
    place = await temporaryFolder('share');
  });
  afterAll(async () => {
    await samba[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const mount = async (parameters = '') => {
    const share = `smb://127.0.0.1:${samba.port}/music/clef/node?key=${join(place.path, 'key')}${parameters}`;
    using data = await openDataFolder({ root: join(place.path, 'data'), now });
    await using mounted = (await mountNodes(parseConfig({ env: { CLEF_NODES: share } }), data, now)).nodes;
    return mounted.reachable().map(({ id, failureDomain }) => ({ id, failureDomain }));
  };
  const writeKey = (user: string, password: string) =>
    writeFile(join(place.path, 'key'), `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });

  test('is refused in a sentence where its key is, which shows none of it', async () => {
    const refusal = async () => mount().then(String, ({ code, message }) => `${code}: ${message}`);
    expect(await refusal()).toMatch(/config-invalid: .*key file of a share cannot be read \(ENOENT\)/);
    await writeFile(join(place.path, 'key'), 'user = "root"\npassword = "top secret\n');
    expect(await refusal()).toMatch(/config-invalid: .*wants two lines: user/);
    expect(await refusal()).not.toContain('top secret');
    await writeKey('root', 'top secret');
    expect(await refusal()).toMatch(/config-invalid: .*cannot become a node: .*refuses its user or password/);
    expect(await refusal()).not.toContain('top secret');
  });

  test('becomes a node, and is the same one at the next start', async () => {
    const { user, password } = samba.credentials;
    await writeKey(user, password);
    const [node] = await mount();
    expect(node).toMatchObject({ failureDomain: 'smb:127.0.0.1' });
    expect(await readdir(join(samba.folderOf('music'), 'clef/node'))).toContain('clef-node.json');
    expect(await mount('&encryption=required')).toEqual([node]);
    expect(await readFile(join(place.path, 'data', 'nodes.json'), 'utf8')).not.toContain(password);
  });

  test("stops the start where Samba's library is absent", async () => {
    await writeFile(join(place.path, 'libsmbclient.so.0'), '');
    vi.stubEnv('LD_LIBRARY_PATH', place.path);
    try {
      await expect(mount()).rejects.toMatchObject({
        code: 'program-missing',
        message: expect.stringContaining('libsmbclient'),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('is offline, not new, while its server is away', async () => {
    await samba.kill();
    expect(await mount()).toEqual([]);
  });
});
