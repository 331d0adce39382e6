import { createHash } from 'node:crypto';
import type { Companion, CompanionKind, StoredAsset } from '../../catalog/index.ts';
import { type AssetId, ClefError, isClefError } from '../../core/index.ts';
import type { JsonValue } from '../../crypto/index.ts';
import type { AssetFacts } from '../../vault/index.ts';
import { encodeCompanionBirth } from '../birth.ts';
import { plaintextOf } from '../companions/asset-media.ts';
import { storedAsset } from '../seal.ts';
import type { ResealGround } from './port.ts';

const RENDITIONS: readonly CompanionKind[] = ['flac', 'opus'];

/**
 * The same bytes under a new id, key and salt, read back from the nodes: what is exchanged for the old asset is known to
 * open. The plaintext passes through memory, a few rows at a time.
 */
export async function sealAgain(
  ground: ResealGround,
  asset: StoredAsset,
  { kind, birth }: Pick<AssetFacts, 'kind' | 'birth'>,
  signal: AbortSignal,
): Promise<StoredAsset> {
  const { lengthBytes, mediaType } = asset;
  const before = createHash('sha256');
  const sealed = await ground.seal({
    kind,
    lengthBytes,
    plaintext: hashed(ground, asset, before, signal),
    birth,
    signal,
  });
  const stored = storedAsset(sealed, mediaType, ground.now());
  const after = createHash('sha256');
  await drain(hashed(ground, stored, after, signal));
  if (!before.digest().equals(after.digest())) {
    throw new ClefError('internal', `asset ${stored.assetId} does not read as ${asset.assetId} does`);
  }
  return stored;
}

/** Everything that was made of an asset, for its successor; what cannot be read is made again when it is asked for. */
export async function companionsAgain(
  ground: ResealGround,
  from: AssetId,
  to: AssetId,
  signal: AbortSignal,
): Promise<readonly Companion[]> {
  const companions: Companion[] = [];
  for (const kind of RENDITIONS) {
    const rendition = await companionAgain(ground, { from, to, kind }, signal);
    if (!rendition) continue;
    companions.push(rendition.companion);
    if (!rendition.companion.asset || rendition.was === undefined) continue;
    const between = { from: rendition.was, to: rendition.companion.asset.assetId };
    const table = await companionAgain(ground, { ...between, kind: 'packet-table' }, signal);
    if (table) companions.push(table.companion);
  }
  const table = await companionAgain(ground, { from, to, kind: 'packet-table' }, signal);
  return table ? [...companions, table.companion] : companions;
}

interface Between {
  readonly from: AssetId;
  readonly to: AssetId;
  readonly kind: CompanionKind;
}

async function companionAgain(
  ground: ResealGround,
  { from, to, kind }: Between,
  signal: AbortSignal,
): Promise<{ readonly companion: Companion; readonly was?: AssetId } | undefined> {
  const known = await ground.catalog.companion(from, kind);
  if (!known) return undefined;
  if (!known.asset) return { companion: { parentId: to, kind } };
  const { mediaType, assetId: was } = known.asset;
  const birth: JsonValue = encodeCompanionBirth({ parent: to, companion: kind, mediaType });
  try {
    const asset = await sealAgain(
      ground,
      known.asset,
      { kind: kind === 'packet-table' ? kind : 'rendition', birth },
      signal,
    );
    return { companion: { parentId: to, kind, asset }, was };
  } catch (error) {
    signal.throwIfAborted();
    if (isClefError(error, 'vault-asset-lost') || isClefError(error, 'decryption-failed')) return undefined;
    throw error;
  }
}

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces) continue;
}

async function* hashed(
  { reader, pace }: ResealGround,
  asset: StoredAsset,
  hash: ReturnType<typeof createHash>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const whole = { startBytes: 0, endBytes: asset.lengthBytes };
  for await (const piece of plaintextOf(reader, asset, whole, signal)) {
    hash.update(piece);
    yield piece;
    await pace(piece.length);
  }
}
