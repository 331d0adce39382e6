import { LRUCache } from 'lru-cache';
import type { CatalogMaintenance, CatalogReader, StoredAsset, TrackView } from '../../catalog/index.ts';
import type { AssetId, TrackId, UserId } from '../../core/index.ts';
import type { AssetHealth } from '../../vault/index.ts';
import type { VaultPages } from '../ports.ts';

/** Pages ask again every few seconds, each for itself; a little less, or every other answer would be an old one. */
const REMEMBERED_MS = 3_000;
/** Counting goes through all that is stored; news has it done anew at once. */
const COUNTS_REMEMBERED_MS = 30_000;
const MAX_REMEMBERED_ASSETS = 256;
/** Of one asset. */
const MAX_CHECK_BYTES = 32 * 2 ** 20;
/** Assets that wait to be checked; beyond, one is only glanced at. */
const MAX_WAITING_CHECKS = 16;
const SAMPLE_TRACKS = 60;
/** Until then the rows of the page stay the same tracks. */
const SAMPLE_MS = 600_000;

type Counts = Awaited<ReturnType<CatalogMaintenance['assetCounts']>>;
type Status = Awaited<ReturnType<VaultPages['status']>>;

export interface SampledAsset {
  readonly track: TrackView;
  readonly health: AssetHealth;
}

/** What nodes hold, looked at no more often than they can bear, whoever asks. */
export interface VaultSurvey {
  status(): Promise<Status>;
  counts(): Promise<Counts>;
  check(asset: StoredAsset): Promise<AssetHealth>;
  /** Some tracks and how their originals are, in an order that stays. */
  sample(viewer: UserId): Promise<readonly SampledAsset[]>;
  /** Something changed: the next to ask has it looked at anew. */
  forget(): void;
}

export interface VaultSurveyDeps {
  readonly vaultPages: VaultPages;
  readonly catalog: Pick<CatalogReader, 'tracks' | 'randomTracks' | 'originalOf'> &
    Pick<CatalogMaintenance, 'assetCounts'>;
  readonly now: () => number;
}

export function createVaultSurvey({ vaultPages, catalog, now }: VaultSurveyDeps): VaultSurvey {
  const remembered = new LRUCache<string, Promise<unknown>>({
    max: MAX_REMEMBERED_ASSETS,
    ttl: REMEMBERED_MS,
    ttlResolution: 0,
    perf: { now },
  });
  let lastCheck: Promise<unknown> = Promise.resolve();
  let waitingChecks = 0;
  let sampled: { readonly ids: readonly TrackId[]; readonly untilMs: number } | undefined;

  /** What several ask for at once is made once; nobody's going away ends it for the others. */
  function once<T>(
    key: 'status' | 'counts' | 'sample' | `check ${AssetId}`,
    make: () => Promise<T>,
    ttl = REMEMBERED_MS,
  ): Promise<T> {
    const known = remembered.get(key);
    // A key is used with one type only.
    if (known) return known as Promise<T>;
    const made = make();
    remembered.set(key, made, { ttl });
    made.catch(() => {
      if (remembered.peek(key) === made) remembered.delete(key);
    });
    return made;
  }

  async function checkInTurn(asset: StoredAsset): Promise<AssetHealth> {
    if (waitingChecks >= MAX_WAITING_CHECKS) return vaultPages.glance(asset);
    waitingChecks++;
    const check = lastCheck
      .then(() => vaultPages.check(asset, MAX_CHECK_BYTES))
      .finally(() => waitingChecks--);
    lastCheck = check.catch(() => undefined);
    return check;
  }

  async function sampledTracks(viewer: UserId): Promise<readonly TrackView[]> {
    if (sampled && now() < sampled.untilMs) {
      const tracks = await catalog.tracks(sampled.ids, viewer);
      // A small library is shown as a whole, and more of it as it grows.
      if (tracks.length === SAMPLE_TRACKS) return tracks;
    }
    const drawn = await catalog.randomTracks({ count: SAMPLE_TRACKS }, viewer);
    const tracks = drawn.toSorted((a, b) => a.id - b.id);
    sampled = { ids: tracks.map(({ id }) => id), untilMs: now() + SAMPLE_MS };
    return tracks;
  }

  async function glanceAtSample(viewer: UserId): Promise<readonly SampledAsset[]> {
    const seen: SampledAsset[] = [];
    // One after the other: a page is no reason to make players wait for a node.
    for (const track of await sampledTracks(viewer)) {
      const asset = await catalog.originalOf(track.id);
      if (asset) seen.push({ track, health: await vaultPages.glance(asset) });
    }
    return seen;
  }

  return {
    status: () => once('status', () => vaultPages.status()),
    counts: () => once('counts', () => catalog.assetCounts(), COUNTS_REMEMBERED_MS),
    check: (asset) => once(`check ${asset.assetId}`, () => checkInTurn(asset)),
    sample: (viewer) => once('sample', () => glanceAtSample(viewer)),
    forget: () => remembered.clear(),
  };
}
