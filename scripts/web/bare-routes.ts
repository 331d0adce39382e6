import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';
import type { Route } from '../../src/api/index.ts';

const ROUTE_TABLE = /\/src\/api\/[a-z]+-routes\.ts$/;

/**
 * The player asks by method and path, and trusts the shape of answers. The schemas, and most of valibot with them, are the
 * server's: they would weigh more than a page.
 */
export function bareRoutes(): Plugin {
  return {
    name: 'clef-bare-routes',
    enforce: 'pre',
    async load(id) {
      if (!ROUTE_TABLE.test(id)) return undefined;
      return bareModule((await import(pathToFileURL(id).href)) as Record<string, unknown>);
    },
  };
}

/** The text of a module with the same routes; its other exports, which are schemas, are undefined. */
export function bareModule(table: Readonly<Record<string, unknown>>): string {
  return Object.entries(table)
    .map(
      ([name, value]) => `export const ${name} = ${name.endsWith('Routes') ? bare(value) : 'undefined'};\n`,
    )
    .join('');
}

function bare(routes: unknown): string {
  // Tables of `defineRoute` alone have such names.
  const entries = Object.entries(routes as Record<string, Route>);
  return JSON.stringify(
    Object.fromEntries(entries.map(([name, { method, path }]) => [name, { method, path }])),
  );
}
