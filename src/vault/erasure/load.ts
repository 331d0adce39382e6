import { readFile } from 'node:fs/promises';
import { ClefError } from '../../core/index.ts';
import { type ErasureCode, instantiateErasureCode } from './index.ts';

const WASM_FILE = new URL('../../../build/erasure.wasm', import.meta.url);

/** The WebAssembly code, from the file that `npm run prepare` builds. For Node; a browser brings the bytes. */
export async function loadErasureCode(): Promise<ErasureCode> {
  let wasm: Uint8Array<ArrayBuffer>;
  try {
    wasm = await readFile(WASM_FILE);
  } catch {
    throw new ClefError('internal', 'build/erasure.wasm cannot be read; `npm run prepare` builds it');
  }
  return instantiateErasureCode(wasm);
}
