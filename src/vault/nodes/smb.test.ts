import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeStorageNode, type StorageNodeHarness } from '../../../test/contracts/storage-node.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { type Samba, SMBD, startSamba } from '../../../test/support/start-samba.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { type NodeId, randomId } from '../../core/index.ts';
import { type SmbAddress, SmbShare, type SmbShareOptions } from '../../smb/index.ts';
import { markerText, TRUST_MS } from './marker.ts';
import { MARKER_NAME } from './names.ts';
import { initSmbNode, openSmbNode, type SmbNode } from './smb.ts';

/** How the whole contract is kept. In `check` once: the proof `nodes` runs it in every way. */
const ways = [
  ['an encrypted share', 'sealed', { encryption: 'required', signing: 'required' }, {}],
  ['a plain share', 'plain', { encryption: 'off', signing: 'if-offered' }, {}],
  ['a signed share', 'plain', { encryption: 'off', signing: 'required' }, { 'server signing': 'mandatory' }],
] as const;
const every = process.env['CLEF_NODES_IN_FULL'] === '1' ? ways : ways.slice(0, 1);

let samba: Samba;
let count = 0;

describe.skipIf(isAbsent(SMBD))('on Samba', () => {
  beforeAll(async () => {
    samba = await startSamba({
      shares: ['plain', 'sealed'],
      shareSettings: { sealed: { 'smb encrypt': 'required' } },
    });
  });
  afterAll(() => samba[Symbol.asyncDispose]());

  describe.each(every)('%s', (name, share, how, settings) => {
    let connections: SmbShare;
    beforeAll(async () => {
      await samba.kill();
      await samba.start({ settings });
      const { host, port, credentials } = samba;
      connections = new SmbShare({ address: { host, port, share, ...how }, credentials });
    });
    afterAll(() => connections[Symbol.asyncDispose]());
    describeStorageNode(name, () => harness(connections, share));
  });

  describe('a share', () => {
    const nodeId = randomId<NodeId>(randomBytes);
    const path = 'with spaces & ümlauts/node';
    const bytes = randomBytes(3 * 2 ** 20);
    beforeAll(async () => {
      await samba.kill();
      await samba.start();
      await initSmbNode(settings(), { nodeId });
      await using node = await open();
      await node.create('object', pieces());
    });
    async function* pieces() {
      yield bytes;
    }
    const settings = (changed: Partial<SmbAddress> = {}) => {
      const { host, port, credentials } = samba;
      const address = {
        host,
        port,
        share: 'plain',
        encryption: 'off',
        signing: 'required',
        ...changed,
      } as const;
      return { address, path, credentials };
    };
    const open = (changed: Partial<SmbShareOptions> = {}) =>
      openSmbNode({ ...settings(), expectedId: nodeId, ...changed });
    const readAll = async (node: SmbNode) =>
      Buffer.compare(await node.read('object', 0, bytes.length), bytes) === 0;

    test('whose server is killed while it reads is offline, and is there again with its server', async () => {
      await using node = await open();
      let reads = 0;
      const reading = (async () => {
        for (;;) {
          if (!(await readAll(node))) throw new Error('wrong bytes');
          reads++;
        }
      })();
      const ended = expect(reading).rejects.toMatchObject({ code: 'node-offline', retryable: true });
      await waitFor('reads', async () => reads > 3 || undefined);
      await samba.kill();
      await ended;
      await expect(node.stat('object')).rejects.toMatchObject({ code: 'node-offline' });
      await samba.start();
      await waitFor('the share', () => readAll(node).catch(() => undefined));
    });

    test('that hangs is offline, and is there again when it goes on', async () => {
      await using node = await open({ silentMs: 300 });
      await samba.pause();
      try {
        await expect(node.read('object', 0, 10)).rejects.toMatchObject({
          code: 'node-offline',
          retryable: true,
        });
      } finally {
        samba.resume();
      }
      expect(await waitFor('the share', () => readAll(node).catch(() => undefined))).toBe(true);
    });

    test('is read on when the process of its connection dies', async () => {
      await using node = await open();
      for (let round = 0; round < 3; round++) {
        const reading = readAll(node);
        for (const pid of node.pids) process.kill(pid, 'SIGKILL');
        expect(await reading).toBe(true);
      }
    });

    test('is read when the process of its connection dies while it starts', async () => {
      await using node = await open();
      for (const pid of node.pids) process.kill(pid, 'SIGKILL');
      await waitFor('their ends', async () => node.pids.length === 0 || undefined);
      const reading = readAll(node);
      await waitFor('a process', async () => node.pids.length > 0 || undefined);
      for (const pid of node.pids) process.kill(pid, 'SIGKILL');
      expect(await reading).toBe(true);
    });

    test('does not show its password, neither to who lists processes nor where it is wrong', async () => {
      await using node = await open();
      const { password } = samba.credentials;
      for (const pid of node.pids) {
        expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
        expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain(password);
      }
      const opening = openSmbNode({ ...settings(), credentials: { user: 'root', password: 'not it' } });
      await expect(opening).rejects.toMatchObject({
        code: 'node-offline',
        message: expect.stringMatching(/refuses its user or password/),
      });
      await expect(opening).rejects.not.toMatchObject({ message: expect.stringMatching(/not it/) });
    });

    test('that its server does not have, or has no longer, is offline', async () => {
      await expect(openSmbNode(settings({ share: 'none' }))).rejects.toMatchObject({
        code: 'node-offline',
        message: expect.stringMatching(/none of this name/),
      });
      await using node = await open();
      await samba.kill();
      await samba.start({ shares: ['renamed'] });
      await expect(node.stat('object')).rejects.toMatchObject({ code: 'node-offline' });
    });

    test('that must be encrypted is, or is refused where its server does not encrypt', async () => {
      const { address } = settings({ encryption: 'required' });
      await samba.kill();
      await samba.start();
      await using node = await open({ address });
      expect(await readAll(node)).toBe(true);
      await samba.kill();
      await samba.start({ settings: { 'server smb encrypt': 'off' } });
      await expect(node.read('object', 0, 10)).rejects.toMatchObject({
        code: 'node-offline',
        message: expect.stringMatching(/its server does not encrypt/),
      });
    });

    test("says what to install where Samba's library is absent", async () => {
      await using folder = await temporaryFolder('smb');
      await writeFile(join(folder.path, 'libsmbclient.so.0'), '');
      vi.stubEnv('LD_LIBRARY_PATH', folder.path);
      try {
        await expect(open()).rejects.toMatchObject({
          code: 'program-missing',
          message: expect.stringMatching(/install the package libsmbclient/),
        });
      } finally {
        vi.unstubAllEnvs();
      }
    });
  });
});

/** A folder of a share for each, over the connections of all. */
async function harness(connections: SmbShare, share: string): Promise<StorageNodeHarness> {
  const path = `nodes/${count++}`;
  const settings = { share: connections, path };
  const folder = join(samba.folderOf(share), path);
  const lost = `${folder}-lost`;
  let skippedMs = 0;
  await initSmbNode(settings, { nodeId: randomId<NodeId>(randomBytes) });
  const node = await openSmbNode({ ...settings, now: () => Date.now() + skippedMs });
  return {
    node,
    isFar: true,
    loseEverything: async () => {
      await rename(folder, lost);
      await mkdir(folder);
    },
    bringBack: () => rename(lost, folder),
    swapIdentity: () =>
      writeFile(join(folder, MARKER_NAME), markerText({ nodeId: randomId<NodeId>(randomBytes) })),
    expireChecks: () => {
      skippedMs += TRUST_MS;
    },
    plantTemporary: async (ageMs) => {
      const file = join(folder, '.tmp-uploads', `planted.${ageMs}`);
      await writeFile(file, 'unfinished');
      const atS = (Date.now() - ageMs) / 1_000;
      await utimes(file, atS, atS);
    },
    truncate: (name, lengthBytes) => truncate(join(folder, name), lengthBytes),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}
