export type { ErasureCode } from './erasure-code.ts';
export { tableErasureCode } from './table.ts';
export { instantiateErasureCode } from './wasm.ts';
