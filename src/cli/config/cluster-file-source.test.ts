import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMembershipSource } from '../../../test/contracts/membership-source.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { createClusterFileSource } from './cluster-file-source.ts';

const LOOK_EVERY_MS = 20;

describeMembershipSource('a file', async () => {
  const folder = await temporaryFolder('cluster');
  const path = join(folder.path, 'cluster.toml');
  return {
    source: createClusterFileSource(path, LOOK_EVERY_MS),
    async set(servers) {
      const tables = servers.map(({ name, host, port, state }) => {
        const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
        return `[[server]]\nname = "${name}"\naddress = "${address}"\nstate = "${state}"\n`;
      });
      await writeFile(`${path}.new`, tables.join('\n'));
      await rename(`${path}.new`, path);
    },
    cut: () => rename(path, `${path}.away`),
    mend: () => rename(`${path}.away`, path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});
