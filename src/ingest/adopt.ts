import type {
  AdoptedTrack,
  CatalogImporter,
  CatalogMaintenance,
  CatalogReader,
  Companion,
  StoredAsset,
} from '../catalog/index.ts';
import { type Bytes, type NodeId, toHex } from '../core/index.ts';
import { unwrapTrackKey } from '../crypto/index.ts';
import { type InspectedLayout, openFacts } from '../vault/index.ts';
import { parseCompanionBirth, parseCoverBirth, parseTrackBirth, type TrackBirth } from './birth.ts';

export interface AdoptionOptions {
  readonly catalog: Pick<CatalogReader, 'asset'> &
    Pick<CatalogMaintenance, 'adoptTrack' | 'addOrphan'> &
    Pick<CatalogImporter, 'addCompanion' | 'coverByHash'>;
  /** Undefined for an epoch that the keyring does not hold. */
  readonly libraryKey: (epoch: number) => Bytes | undefined;
  readonly now: () => number;
}

interface Waiting {
  readonly original: StoredAsset;
  readonly birth: TrackBirth;
}

/**
 * Takes assets that nodes hold and the catalogue does not know back into it, by what is sealed with them. Show it
 * every whole layout, then finish: a track waits for the cover that its birth record names.
 */
export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #waiting: Waiting[] = [];
  /** By the hash of the picture, which may have been sealed more than once. */
  readonly #covers = new Map<string, { readonly hash: Bytes; readonly assets: StoredAsset[] }>();
  readonly #companions: Companion[] = [];

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Passes over what the catalogue knows, what does not verify, and what is not a track, a cover or a companion. */
  async consider(inspected: InspectedLayout): Promise<void> {
    const { catalog, libraryKey, now } = this.#options;
    const { truth, name } = inspected;
    const wrapping = truth && libraryKey(truth.manifest.epoch);
    if (!wrapping || (await catalog.asset(name.assetId))) return;
    const facts = await openFacts(await unwrapTrackKey(wrapping, truth.manifest.wrappedKey), truth.manifest);
    const track = facts.kind === 'original' ? parseTrackBirth(facts.birth) : undefined;
    const cover = facts.kind === 'cover' ? parseCoverBirth(facts.birth) : undefined;
    const companion =
      facts.kind === 'packet-table' || facts.kind === 'rendition'
        ? parseCompanionBirth(facts.birth)
        : undefined;
    if (companion)
      this.#companions.push({
        parentId: companion.parent,
        kind: companion.companion,
        asset: storedFrom(inspected, facts.lengthBytes, companion.mediaType, now()),
      });
    if (track)
      this.#waiting.push({
        original: storedFrom(inspected, facts.lengthBytes, track.audio.mediaType, now()),
        birth: track,
      });
    if (cover) {
      const { contentHash: hash, mediaType } = cover;
      const known = this.#covers.getOrInsertComputed(toHex(hash), () => ({ hash, assets: [] }));
      known.assets.push(storedFrom(inspected, facts.lengthBytes, mediaType, now()));
    }
  }

  /** Returns how many tracks came back. */
  async finish(): Promise<number> {
    let adopted = 0;
    for (const { original, birth } of this.#waiting.splice(0)) {
      const { contentHash, tags, fallbackTitle, audio, coverHash } = birth;
      const cover = coverHash && this.#covers.get(toHex(coverHash))?.assets[0];
      const track: AdoptedTrack = {
        contentHash,
        tags,
        fallbackTitle,
        audio,
        original,
        ...(cover && coverHash ? { cover, coverHash } : {}),
      };
      if ((await this.#options.catalog.adoptTrack(track)) !== undefined) adopted++;
    }
    await this.#finishCovers();
    // Renditions first: they are the parents of their packet tables.
    const isTable = ({ kind }: Companion): number => (kind === 'packet-table' ? 1 : 0);
    for (const companion of this.#companions.splice(0).toSorted((a, b) => isTable(a) - isTable(b))) {
      await this.#options.catalog.addCompanion(companion);
    }
    return adopted;
  }

  /** Sealed a second time, as by a reseal that was killed, a picture is noted, and goes as other orphans do. */
  async #finishCovers(): Promise<void> {
    const { catalog } = this.#options;
    for (const { hash, assets } of this.#covers.values()) {
      for (const asset of assets) {
        const known = await catalog.coverByHash(asset.libraryId, hash);
        if (known && known.assetId !== asset.assetId) await catalog.addOrphan(asset);
      }
    }
    this.#covers.clear();
  }
}

function storedFrom(
  { name, truth, columns }: InspectedLayout,
  lengthBytes: number,
  mediaType: string,
  nowMs: number,
): StoredAsset {
  if (!truth) throw new TypeError('a layout without a manifest cannot be stored');
  const { manifest, layout } = truth;
  const whole = columns.filter(({ damage }) => damage === undefined);
  const columnNodes: (NodeId | undefined)[] = Array.from({ length: layout.columnCount });
  for (const { column, node } of whole) columnNodes[column] ??= node.id;
  return {
    ...name,
    policy: manifest.policy,
    header: manifest.header,
    columnNodes,
    wrappedKey: manifest.wrappedKey,
    epoch: manifest.epoch,
    lengthBytes,
    storedBytes: whole.reduce((total, { info }) => total + info.lengthBytes, 0),
    degraded: layout.storedColumns.some((column) => columnNodes[column] === undefined),
    mediaType,
    createdAtMs: nowMs,
  };
}
