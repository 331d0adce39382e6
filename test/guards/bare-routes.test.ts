import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bareModule } from '../../scripts/web/bare-routes.ts';
import { routes } from '../../src/api/index.ts';

it('gives the player the method and the path of every route, and nothing more', async () => {
  const folder = new URL('../../src/api/', import.meta.url);
  const tables = (await readdir(folder)).filter((name) => name.endsWith('-routes.ts'));
  const bare: Record<string, unknown> = {};
  for (const name of tables) {
    const text = bareModule((await import(new URL(name, folder).href)) as Record<string, unknown>);
    const made = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as Record<string, object>;
    for (const [part, table] of Object.entries(made)) if (part.endsWith('Routes')) Object.assign(bare, table);
  }
  expect(bare).toEqual(
    Object.fromEntries(Object.entries(routes).map(([name, { method, path }]) => [name, { method, path }])),
  );
});
