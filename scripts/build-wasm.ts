// Compiles the erasure kernel into build/erasure.wasm. Part of `npm run prepare`; also runs alone.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const PROJECT = join(import.meta.dirname, '..');
const SOURCE = 'src/vault/erasure/assembly/kernel.ts';
const TARGET = 'build/erasure.wasm';

const OPTIONS = [
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  ...['--runtime', 'stub', '--enable', 'simd', '--disable', 'mutable-globals'],
  // The host brings the memory, so that it can lay it out before the module exists.
  ...['--importMemory', '--memoryBase', '0', '--use', 'abort='],
];

/** Writes the file only where it changed, so that a process that maps it is not disturbed. */
export async function buildWasm(): Promise<void> {
  const target = join(PROJECT, TARGET);
  const compiled = await compile();
  const existing = await readFile(target).catch(() => undefined);
  if (existing?.equals(compiled)) return;
  await mkdir(join(PROJECT, 'build'), { recursive: true });
  await writeFile(target, compiled);
}

async function compile(): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main([SOURCE, '--outFile', TARGET, '--baseDir', PROJECT, ...OPTIONS], {
    readFile: (name, base) => readFile(join(base, name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) compiled = contents;
    },
  });
  if (error || !compiled) throw new Error(`the erasure kernel does not compile:\n${stderr.toString()}`);
  return compiled;
}

if (import.meta.main) await buildWasm();
