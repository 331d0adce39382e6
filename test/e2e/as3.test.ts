import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFaults } from '../../src/edge/index.ts';
import { as3 } from '../proof/as3.ts';
import { runClef, temporaryFolder } from '../support/clef-process.ts';
import { sharedData } from '../support/shared-data.ts';

const CLUSTER = `
[[server]]
name = "one"
address = "10.0.0.11:4533"
[[server]]
name = "two"
address = "10.0.0.12:4533"
state = "draining"
`;
const BIGIP = `
[bigip]
addresses = ["192.0.2.10"]
names = ["music.example.org"]
members = "event"
certificate = { file = "CERTIFICATE", key = "KEY" }
`;

it(`shows: ${as3.shows}`, { timeout: 60_000 }, async (context) => {
  sharedData('f5/as3-schema.json', context);
  const said: string[] = [];
  const { gates } = await as3.run({ small: true, seed: 1, say: (text) => said.push(text) });
  const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
  expect(failed, said.join('\n')).toEqual([]);
});

describe('clef edge as3', () => {
  it('prints who is there, and writes a declaration that others cannot read', async () => {
    await using place = await temporaryFolder('as3');
    const [cluster, certificate, key, out] = ['cluster.toml', 'a.pem', 'b.pem', 'as3.json'].map((name) =>
      join(place.path, name),
    ) as [string, string, string, string];
    await writeFile(certificate, 'the certificate');
    await writeFile(key, 'the key');
    await writeFile(cluster, CLUSTER + BIGIP.replace('CERTIFICATE', certificate).replace('KEY', key));
    const [written, nodes] = await Promise.all([
      runClef(['edge', 'as3', cluster, '--out', out], {}),
      runClef(['edge', 'as3', cluster, '--nodes'], {}),
    ]);

    expect(written).toMatchObject({ status: 0, stdout: '' });
    const declaration = JSON.parse(await readFile(out, 'utf8'));
    expect(declaration.declaration.Clef.music.certificate).toMatchObject({
      certificate: 'the certificate',
      privateKey: 'the key',
    });
    expect(findFaults(declaration)).toEqual([]);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(nodes.stdout)).toMatchObject([
      { id: 'one', session: 'user-enabled' },
      { id: 'two', session: 'user-disabled' },
    ]);
  });

  it('refuses a file that says nothing of a BIG-IP, and one whose listeners would be in each other’s way', async () => {
    await using place = await temporaryFolder('as3');
    const [none, twice] = [join(place.path, 'none.toml'), join(place.path, 'twice.toml')];
    await writeFile(none, CLUSTER);
    const onDevice = BIGIP.replace(
      /certificate = .*/,
      'certificate = { bigip = "/Common/a.crt", key = "/Common/a.key" }',
    );
    await writeFile(twice, CLUSTER + onDevice.replace('["192.0.2.10"]', '["192.0.2.10", "192.0.2.10"]'));
    const [unsaid, wrong] = await Promise.all(
      [none, twice].map((file) => runClef(['edge', 'as3', file], {})),
    );
    expect(unsaid).toMatchObject({ status: 2, stdout: '' });
    expect(unsaid?.stderr).toContain('[bigip]');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong?.stderr).toContain('192.0.2.10 port 443 is /Clef/music/service’s');
  });
});
