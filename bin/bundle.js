// @ts-check
// JavaScript, as what imports it: the compiler that strips types from the first .ts file takes 30 ms and 14 MB.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The programs that `scripts/build-bundle.ts` makes of the sources. */
export const bundledPrograms = {
  program: 'src/cli/program.ts',
  'media-worker': 'src/cli/app/run-media-worker.ts',
};

/**
 * What a bundle was made of; written when everything else of it is there.
 * @typedef {{ readonly files: readonly string[], readonly digest: string }} BundleInputs paths are relative to the project
 */

const project = join(import.meta.dirname, '..');

/**
 * Imports one of Clef's programs: from the bundle where its sources are still what it was made of, otherwise as it is.
 * docs/adr/0006-bundle.md has the figures.
 *
 * @template Program
 * @param {keyof typeof bundledPrograms} name
 * @param {() => Promise<Program>} fromSource
 * @returns {Promise<Program>}
 */
export async function importProgram(name, fromSource) {
  // Not the machine's temporary folder, Node's default: whoever makes that first decides what runs here.
  if (!process.env.NODE_COMPILE_CACHE) enableCompileCache(join(project, 'build', 'compile-cache'));
  if (!isBundleFresh(project)) return fromSource();
  return import(pathToFileURL(join(bundleFolder(project), `${name}.js`)).href);
}

/** @param {string} root */
export function bundleFolder(root) {
  return join(root, 'build', 'bundle');
}

/** @param {string} root */
export function bundleInputsFile(root) {
  return join(bundleFolder(root), 'inputs.json');
}

/**
 * By content, which takes about 7 ms: times of files say little after a copy or a checkout.
 * @param {string} root
 */
export function isBundleFresh(root) {
  try {
    /** @type {BundleInputs} */
    const { files, digest } = JSON.parse(readFileSync(bundleInputsFile(root), 'utf8'));
    return digestOf(root, files) === digest;
  } catch {
    return false;
  }
}

/**
 * Throws where a file is missing.
 * @param {string} root
 * @param {readonly string[]} files
 */
export function digestOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
