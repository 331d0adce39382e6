import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { Bucket } from '../support/s3-bucket.ts';
import { RADOSGW, startCeph } from '../support/start-ceph.ts';
import { SMBD, startSamba } from '../support/start-samba.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

const music = toneWav(60);

describe('a library over a folder, a share and a bucket', () => {
  it('plays from all three, and from the others while one is away', async (context) => {
    fileOfPackage('radosgw', RADOSGW, context);
    fileOfPackage('samba', SMBD, context);
    await using samba = await startSamba({ shares: ['music'] });
    await using ceph = await startCeph();
    const { accessKeyId, secretAccessKey } = ceph.credentials;
    const bucket = await Bucket.make(ceph, ceph.credentials);
    await using place = await temporaryFolder('buckets');
    await mkdir(join(place.path, 'music'));
    await writeFile(join(place.path, 'music', 'long.wav'), music);
    const keyFile = join(place.path, 'bucket.key');
    await writeFile(keyFile, `access_key = "${accessKeyId}"\nsecret_key = "${secretAccessKey}"\n`, {
      mode: 0o600,
    });
    const shareKey = join(place.path, 'share.key');
    const { user, password } = samba.credentials;
    await writeFile(shareKey, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    const nodes = [
      `${join(place.path, 'a')}#domain=a`,
      `smb://127.0.0.1:${samba.port}/music/clef?key=${shareKey}#domain=b`,
      `s3://${bucket.address.bucket}/clef?endpoint=${ceph.endpoint}&region=default&key=${keyFile}#domain=c`,
    ];
    const data = join(place.path, 'data');
    await using server = await startClef({
      data,
      folders: [join(place.path, 'music')],
      settings: { CLEF_NODES: nodes.join(','), CLEF_POLICY: '2+1', CLEF_WORKERS: '1' },
    });
    const client = new SubsonicClient(server.baseUrl, await server.credentials());
    const id = await waitFor('an import', async () => {
      const [song] = await client.allSongs();
      return song && String(song['id']);
    });
    const play = async () => {
      const answer = await fetch(client.url('stream', { id }));
      return Buffer.compare(Buffer.from(await answer.arrayBuffer()), music);
    };
    expect(await play()).toBe(0);
    expect((await bucket.keys('clef/')).length).toBeGreaterThan(1);
    expect((await bucket.keys('')).every((key) => key.startsWith('clef/'))).toBe(true);
    const status = await runClef(['vault', 'status'], server.settings);
    expect(status.stdout).toContain(bucket.address.bucket);
    expect(status.stdout).toContain('smb://127.0.0.1');

    await ceph.kill('gateway');
    expect(await play()).toBe(0);
    await ceph.startGateway();
    await samba.kill();
    expect(await play()).toBe(0);
    await samba.start();
    expect(await play()).toBe(0);
    for (const text of [server.log(), status.stdout, await readFile(join(data, 'nodes.json'), 'utf8')]) {
      expect(text).not.toContain(secretAccessKey);
      expect(text).not.toContain(password);
    }
  });
});
