import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AssetId, LayoutId, LibraryId } from '../../src/core/index.ts';

/** The frozen library of format version 1; `make-format-fixture.ts` tells how it came about. */
export const FIXTURE = fileURLToPath(new URL('../fixtures/format-v1/', import.meta.url));
export const FIXTURE_NODES = ['alpha', 'beta', 'gamma'] as const;

export interface ExpectedAsset {
  readonly asset: AssetId;
  readonly layout: LayoutId;
  readonly policy: '1+0' | '2+1';
  readonly epoch: number;
  readonly kind: string;
  readonly lengthBytes: number;
  readonly birth: unknown;
  readonly sha256: string;
}

interface ExpectedRecord {
  readonly asset: AssetId;
  readonly revision: number;
  readonly type: string;
  readonly title: string;
  readonly sha256: string;
}

/** What every reader must find in it, written down when it was made. */
export interface ExpectedLibrary {
  readonly library: LibraryId;
  readonly root: string;
  readonly keyring: { readonly version: number; readonly epochs: readonly number[] };
  readonly service: { readonly version: number; readonly epochs: readonly number[] };
  readonly trust: { readonly version: number; readonly signers: readonly string[] };
  readonly sourceHashKey: string;
  readonly assets: readonly ExpectedAsset[];
  readonly records: readonly ExpectedRecord[];
  readonly tombstones: readonly { readonly asset: AssetId; readonly atMs: number }[];
  readonly changes: readonly unknown[];
  readonly secrets: readonly string[];
}

export function readExpected(): ExpectedLibrary {
  return JSON.parse(readFileSync(`${FIXTURE}expected.json`, 'utf8')) as ExpectedLibrary;
}
