import * as v from 'valibot';
import type { StoredAsset } from '../../catalog/index.ts';
import { asBytes, fromBase64Url, toBase64Url } from '../../core/index.ts';

const bytes = v.pipe(
  v.string(),
  v.transform((text) => asBytes(fromBase64Url(text))),
);

/** An asset as `bytesAsText` wrote it. Its ids were branded where it was written. */
export const assetSchema = v.pipe(
  v.object({
    libraryId: v.string(),
    assetId: v.string(),
    layoutId: v.string(),
    policy: v.object({ k: v.number(), m: v.number() }),
    header: bytes,
    columnNodes: v.array(v.nullable(v.string())),
    wrappedKey: bytes,
    epoch: v.number(),
    lengthBytes: v.number(),
    storedBytes: v.number(),
    degraded: v.boolean(),
    mediaType: v.string(),
    createdAtMs: v.number(),
  }),
  v.transform(
    ({ columnNodes, ...asset }) =>
      ({ ...asset, columnNodes: columnNodes.map((id) => id ?? undefined) }) as unknown as StoredAsset,
  ),
);

/** For JSON.stringify: bytes as base64url, and a column without a node as null. */
export function bytesAsText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? toBase64Url(value) : value;
}
