/**
 * Bundles Clef's programs and the packages they use into build/bundle. Part of npm's `prepare`; also runs alone.
 * Optional: `bin/bundle.js` ignores a bundle that is missing or older than its sources.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import {
  type BundleInputs,
  bundledPrograms,
  bundleFolder,
  bundleInputsFile,
  digestOf,
} from '../bin/bundle.js';

const PROJECT = join(import.meta.dirname, '..');
/** Has code of its own for each platform. It is imported by the picture worker alone, which is not bundled. */
const EXTERNAL = ['sharp'];
/** They decide which versions of the packages are inside, and what `--version` says. */
const MANIFESTS = ['package.json', 'package-lock.json'];

/** Nobody sees half of it: the file that makes it count is gone first and comes last. */
export async function buildBundle(root = PROJECT): Promise<void> {
  const folder = bundleFolder(root);
  await using bundle = await rolldown({
    cwd: root,
    input: bundledPrograms,
    platform: 'node',
    external: EXTERNAL,
    plugins: [withPlacesOfSources(root)],
    logLevel: 'warn',
  });
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  const chunks = output.filter((file) => file.type === 'chunk');
  const files = [...sourcesOf(root, chunks), ...MANIFESTS];
  const inputs: BundleInputs = { files, digest: digestOf(root, files) };

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { fileName, code } of chunks) await writeFile(join(folder, fileName), code);
  const temporary = `${bundleInputsFile(root)}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(inputs));
  await rename(temporary, bundleInputsFile(root));
}

/** Programs of threads and child processes, and the erasure kernel, are found from the sources, where they stay. */
function withPlacesOfSources(root: string): Plugin {
  return {
    name: 'places-of-sources',
    transform: {
      filter: { id: /\.ts$/, code: 'import.meta.url' },
      handler: (code, id) => {
        const place = JSON.stringify(relative(bundleFolder(root), id).replaceAll(sep, '/'));
        return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
      },
    },
  };
}

function sourcesOf(root: string, chunks: readonly OutputChunk[]): string[] {
  return chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .map((id) => relative(root, id).replaceAll(sep, '/'))
    .filter((file) => file.startsWith('src/'))
    .toSorted();
}

if (import.meta.main) await buildBundle();
