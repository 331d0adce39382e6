import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { relaySmb } from '../../../../test/support/smb-relay.ts';
import { type Samba, SMBD, startSamba } from '../../../../test/support/start-samba.ts';
import { type NodeId, randomId } from '../../../core/index.ts';
import { type SmbAddress, SmbShare } from '../../../smb/index.ts';
import { initSmbNode, openSmbNode, type SmbNode } from '../smb.ts';

/** Long enough for a connection on a busy machine. */
const SILENT_MS = 2_000;

let samba: Samba;
let path = '';
let count = 0;

async function* pieces(text: string) {
  yield new TextEncoder().encode(text);
}

function address(port = samba.port): SmbAddress {
  return { host: samba.host, port, share: 'plain', encryption: 'off', signing: 'required' };
}

async function textOf(node: SmbNode): Promise<string> {
  const info = await node.stat('object');
  return new TextDecoder().decode(await node.read('object', 0, info?.lengthBytes ?? 0));
}

async function replace(node: SmbNode, text: string): Promise<void> {
  const info = await node.stat('object');
  await node.replace('object', info?.version ?? '', pieces(text));
}

/** A share lets go of a file half a second after it read it last. */
async function keepOpen(share: SmbShare, until: () => boolean): Promise<void> {
  while (!until()) {
    await share.read(`${path}/object`, 0, new Uint8Array(7));
    await wait(20);
  }
}

describe.skipIf(isAbsent(SMBD))('on Samba, replacing an object', () => {
  beforeAll(async () => {
    samba = await startSamba({ shares: ['plain'] });
  });
  afterAll(() => samba[Symbol.asyncDispose]());
  beforeEach(async () => {
    path = `node-${count++}`;
    const place = { address: address(), credentials: samba.credentials, path };
    await initSmbNode(place, { nodeId: randomId<NodeId>(randomBytes) });
    await using node = await openSmbNode(place);
    await node.create('object', pieces('damaged'));
  });
  const open = (port?: number) =>
    openSmbNode({ address: address(port), credentials: samba.credentials, path, silentMs: SILENT_MS });

  test('waits until another reader lets go of it', async () => {
    await using node = await open();
    await using reader = new SmbShare({ address: address(), credentials: samba.credentials });
    await reader.stat(path);
    let isReplaced = false;
    const endMs = performance.now() + 1_000;
    const reading = keepOpen(reader, () => performance.now() > endMs);
    const replacing = replace(node, 'mended').then(() => (isReplaced = true));
    await reading;
    expect(isReplaced).toBe(false);
    await reader.release(`${path}/object`);
    await replacing;
    expect(await textOf(node)).toBe('mended');
  });

  test.each(['hang', 'break'] as const)(
    'is finished where connections %s after the old one was removed',
    async (fate) => {
      await using relay = await relaySmb(samba.port, (nth) => (nth === 2 ? fate : 'pass'));
      await using node = await open(relay.port);
      await replace(node, 'mended');
      expect(await textOf(node)).toBe('mended');
      expect(relay.renames).toBe(3);
    },
  );

  test('keeps the new one where the old one was removed and it cannot get its name', async () => {
    await using relay = await relaySmb(samba.port, (nth) => (nth >= 2 ? 'hang' : 'pass'));
    await using node = await open(relay.port);
    await expect(replace(node, 'mended')).rejects.toMatchObject({ code: 'node-offline' });
    const folder = join(samba.folderOf('plain'), path);
    expect(await readdir(folder)).not.toContain('object');
    const [kept = ''] = await readdir(join(folder, '.tmp-uploads'));
    expect(await readFile(join(folder, '.tmp-uploads', kept), 'utf8')).toBe('mended');
    expect(await node.removeTemporary(-1_000)).toBe(1);
  });

  test('leaves the old one, and nothing else, where a reader does not let go of it', async () => {
    await using node = await open();
    await using reader = new SmbShare({ address: address(), credentials: samba.credentials });
    await reader.stat(path);
    let isReplaced = false;
    const replacing = replace(node, 'mended').finally(() => (isReplaced = true));
    const reading = keepOpen(reader, () => isReplaced);
    await expect(replacing).rejects.toMatchObject({ code: 'node-io' });
    await reading;
    expect(await textOf(node)).toBe('damaged');
    expect(await readdir(join(samba.folderOf('plain'), path, '.tmp-uploads'))).toEqual([]);
  });
});
