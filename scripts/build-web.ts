/** Builds the web player into build/web. Part of npm's `prepare`; also runs alone. */
import { build } from 'vite';
import config from '../vite.config.ts';

export async function buildWeb(): Promise<void> {
  await build(config);
}

if (import.meta.main) await buildWeb();
