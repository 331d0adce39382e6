import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  temporaryFolder,
  startClef,
  runClef,
  clefBinary,
  clefEnvironment,
} from './test/support/clef-process.ts';
import { startFarWorld } from './test/support/far-world.ts';
import { SubsonicClient } from './test/support/subsonic-client.ts';
import { toneWav } from './test/support/wav.ts';
import { importOf } from './test/proof/tools.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
const tracks = Number(process.argv[2] ?? 20);
await using place = await temporaryFolder('rr');
await using world = await startFarWorld(join(place.path, 'nodes'));
const folder = join(place.path, 'music');
await mkdir(folder);
for (let i = 0; i < tracks; i++) await writeFile(join(folder, `${i}.wav`), toneWav(1 + i / 4410));
const storage = { CLEF_NODES: world.entries.join(','), CLEF_POLICY: '4+2' };
const data = join(place.path, 'data');
let t = performance.now();
const lap = (w: string) => {
  console.log(w, Math.round(performance.now() - t));
  t = performance.now();
};
const server = await startClef({ data, folders: [folder], settings: storage });
lap('start');
await importOf(new SubsonicClient(server.baseUrl, await server.credentials()), tracks);
lap('import');
await server.stop();
lap('stop');
const kit = join(place.path, 'kit');
await rename(join(data, 'recovery-kit'), kit);
const settings = { ...server.settings, CLEF_DATA: join(place.path, 'new-data') };
await rename(data, join(place.path, 'gone'));
const child = spawn(clefBinary, ['vault', 'recover', '--kit', kit, '--json'], {
  env: {
    ...clefEnvironment(settings),
    ...(process.env.PROF ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/prof' } : {}),
  },
  stdio: ['ignore', 'ignore', 'pipe'],
});
child.stderr.on('data', (d) => {
  for (const l of String(d).split(/[\r\n]+/))
    if (l.trim()) console.log(Math.round(performance.now() - t), l.slice(0, 150));
});
await once(child, 'close');
lap('recover');
