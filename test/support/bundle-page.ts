import { build } from 'vite';

/** What an entry exports, as one script that puts it on the page as `window[name]`. */
export async function bundleForPage(entry: string, name: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'esnext', minify: false, lib: { entry, name, formats: ['iife'] } },
  });
  const [output] = Array.isArray(result) ? result : [];
  const [chunk] = output?.output ?? [];
  if (chunk?.type !== 'chunk') throw new Error('vite made no bundle');
  return `${chunk.code}\nwindow.${name} = ${name};`;
}
