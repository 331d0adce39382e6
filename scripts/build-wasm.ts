/** Compiles the erasure kernel into build/erasure.wasm. Part of npm's `prepare`; also runs alone. */
import { execFile } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = join(import.meta.dirname, '..');
// In a process of its own: the compiler's types declare globals that would reach the whole project.
const COMPILER = join(PROJECT, 'node_modules/assemblyscript/bin/asc.js');
const SOURCE = 'src/vault/erasure/assembly/kernel.ts';
const TARGET = 'build/erasure.wasm';

/** The host brings the memory and lays it out; the module has nothing of its own in it. */
const MEMORY = ['--importMemory', '--memoryBase', '0', '--runtime', 'stub', '--use', 'abort='];
const OPTIMIZE = ['--optimizeLevel', '3', '--converge', '--noAssert', '--enable', 'simd'];

/** A process that reads the file meanwhile sees the old or the new one, whole. */
export async function buildWasm(): Promise<void> {
  await mkdir(join(PROJECT, 'build'), { recursive: true });
  const temporary = `${TARGET}.${process.pid}`;
  await promisify(execFile)(
    process.execPath,
    [COMPILER, SOURCE, '--baseDir', PROJECT, '--outFile', temporary, ...OPTIMIZE, ...MEMORY],
    { cwd: PROJECT },
  );
  await rename(join(PROJECT, temporary), join(PROJECT, TARGET));
}

if (import.meta.main) await buildWasm();
