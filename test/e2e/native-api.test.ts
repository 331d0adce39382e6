import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { EventListener } from '../support/event-listener.ts';
import { toneWav } from '../support/wav.ts';

const PASSWORD = 'correct horse battery staple';

describe.skipIf(process.platform !== 'linux')('a browser at a server with media workers', () => {
  it('hears of an import through a worker, and is still signed in after the server was killed', async () => {
    await using place = await temporaryFolder('native-api');
    const music = join(place.path, 'music');
    await mkdir(join(music, 'Album'), { recursive: true });
    await writeFile(join(music, 'Album', 'one.wav'), toneWav(1));
    const options = { data: join(place.path, 'data'), folders: [music], settings: { CLEF_WORKERS: '2' } };

    const first = await startClef(options);
    await expect.poll(() => first.log(), { timeout: 30_000 }).toContain('media workers answer too');
    const browser = new ApiBrowser(first.baseUrl);
    await browser.call(routes.signIn, { body: { username: 'admin', password: PASSWORD } });
    await expect.poll(async () => (await browser.call(routes.counts, {})).tracks).toBe(1);
    {
      await using listener = await EventListener.open(browser);
      await writeFile(join(music, 'Album', 'two.wav'), toneWav(2));
      await browser.call(routes.startImport, {});
      const seen = new Set<string>();
      while (!(seen.has('import-progress') && seen.has('library-changed'))) {
        const event = await listener.next();
        if (!event) break;
        seen.add(event.kind);
      }
      expect([...seen].sort()).toEqual(['import-progress', 'library-changed']);
      await first.stop('SIGKILL');
      // What was on its way is still read; then the stream is over.
      while (await listener.next().catch(() => undefined));
    }

    await using second = await startClef(options);
    const again = new ApiBrowser(second.baseUrl);
    again.cookie = browser.cookie;
    expect((await again.call(routes.session, {})).account.name).toBe('admin');
    const top = await again.call(routes.folder, {});
    expect(top.folders.map(({ name }) => name)).toEqual(['music']);
  });
});
