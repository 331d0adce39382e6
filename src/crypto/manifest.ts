import * as v from 'valibot';
import {
  type AssetId,
  type Bytes,
  ClefError,
  type LayoutId,
  type LibraryId,
  type Policy,
  toBase64Url,
} from '../core/index.ts';
import { ASSET_HEADER_BYTES, parseAssetHeader } from './asset-header.ts';
import { HASH_BYTES } from './hash.ts';
import { MAX_SEALED_RECORD_BYTES } from './records.ts';
import { base64UrlBytes, firstFault, hexId, wholeNumber } from './schemas.ts';
import type { SigningKey } from './signing-key.ts';
import { CELL_CHUNKS, MAX_COLUMNS } from './sizes.ts';
import { signStatement, verifyStatement } from './statement.ts';
import { WRAPPED_KEY_BYTES } from './track-key.ts';
import type { Trust } from './trust.ts';

const MANIFEST_TYPE = 'clef-manifest';

/** One per (asset, layout), immutable; what lets a column be checked without any key. */
export interface Manifest {
  readonly format: 1;
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
  /** The encoded asset header. */
  readonly header: Bytes;
  readonly cellChunks: typeof CELL_CHUNKS;
  readonly policy: Policy;
  /** SHA-256 of each column's hash table, k + m of them; of the empty string for an empty column. */
  readonly columnTableHashes: readonly Bytes[];
  /** The track key as first wrapped, under the library key of `epoch`. */
  readonly wrappedKey: Bytes;
  readonly epoch: number;
  /** A sealed record: type `birth`, revision 0. */
  readonly birthRecord: Bytes;
}

const manifestSchema = v.strictObject({
  format: v.literal(1),
  library: hexId<LibraryId>(),
  asset: hexId<AssetId>(),
  layout: hexId<LayoutId>(),
  header: base64UrlBytes(ASSET_HEADER_BYTES),
  cellChunks: v.literal(CELL_CHUNKS),
  k: wholeNumber(1, MAX_COLUMNS),
  m: wholeNumber(0, MAX_COLUMNS - 1),
  columns: v.pipe(v.array(base64UrlBytes(HASH_BYTES)), v.maxLength(MAX_COLUMNS)),
  wrappedKey: base64UrlBytes(WRAPPED_KEY_BYTES),
  epoch: wholeNumber(1),
  birth: base64UrlBytes(1, MAX_SEALED_RECORD_BYTES),
});

/** The same bytes for the same manifest and signer: Ed25519 draws nothing. */
export function signManifest(manifest: Manifest, signer: SigningKey): Promise<string> {
  const value = {
    format: manifest.format,
    library: manifest.libraryId,
    asset: manifest.assetId,
    layout: manifest.layoutId,
    header: toBase64Url(manifest.header),
    cellChunks: manifest.cellChunks,
    k: manifest.policy.k,
    m: manifest.policy.m,
    columns: manifest.columnTableHashes.map(toBase64Url),
    wrappedKey: toBase64Url(manifest.wrappedKey),
    epoch: manifest.epoch,
    birth: toBase64Url(manifest.birthRecord),
  };
  return signStatement(MANIFEST_TYPE, value, signer);
}

/** Throws `signature-invalid` for a signer that is not trusted, `malformed-asset` for what no Clef signs. */
export async function verifyManifest(jws: string, trust: Trust): Promise<Manifest> {
  const { value } = await verifyStatement(jws, MANIFEST_TYPE, ({ kid }) => trust.keyFor(kid));
  const parsed = v.safeParse(manifestSchema, value);
  if (!parsed.success) throw malformed(firstFault(parsed.issues));
  const fields = parsed.output;
  const columns = fields.k + fields.m;
  if (columns > MAX_COLUMNS) {
    throw new ClefError(
      'unsupported-format',
      `manifest: at most ${MAX_COLUMNS} columns expected, got ${columns}`,
    );
  }
  if (fields.columns.length !== columns) {
    throw malformed(`${columns} column hashes expected, got ${fields.columns.length}`);
  }
  if (fields.library !== trust.libraryId) {
    throw malformed(`library ${trust.libraryId} expected, got ${fields.library}`);
  }
  if (parseAssetHeader(fields.header).assetId !== fields.asset) {
    throw malformed('its header belongs to another asset');
  }
  return {
    format: fields.format,
    libraryId: fields.library,
    assetId: fields.asset,
    layoutId: fields.layout,
    header: fields.header,
    cellChunks: fields.cellChunks,
    policy: { k: fields.k, m: fields.m },
    columnTableHashes: fields.columns,
    wrappedKey: fields.wrappedKey,
    epoch: fields.epoch,
    birthRecord: fields.birth,
  };
}

function malformed(what: string): ClefError {
  return new ClefError('malformed-asset', `manifest: ${what}`);
}
