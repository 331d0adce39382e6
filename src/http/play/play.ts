import { setTimeout as wait } from 'node:timers/promises';
import type { Decodable, PlayAnswer, PlayKeysPayload, PlayLocation } from '../../api/index.ts';
import type { CatalogReader, StoredAsset } from '../../catalog/index.ts';
import { ClefError, parseWireId, toBase64Url, utf8 } from '../../core/index.ts';
import { sealToDevice } from '../../crypto/index.ts';
import type { TrackKeyFinder } from '../media-worker/index.ts';
import type { Listener, Playable, Playables, Standing } from './ports.ts';
import type { SealedHeads } from './sealed-heads.ts';
import type { Tickets } from './tickets.ts';

export interface PlayDeps {
  readonly catalog: Pick<CatalogReader, 'originalOf'>;
  readonly standing: Standing;
  readonly playables: Playables;
  readonly heads: SealedHeads;
  readonly trackKey: TrackKeyFinder;
  readonly tickets: Tickets;
  readonly now: () => number;
  /** How long an answer may wait for what is being made. Default 1 s. */
  readonly patienceMs?: number;
}

export interface PlayRequest {
  readonly trackId: string;
  readonly deviceId: string;
  readonly decodable: readonly Decodable[];
}

/** Answers `POST /api/v1/play`. Throws `not-found`, or `device-refused` before anything of the track is looked at. */
export type Play = (listener: Listener, request: PlayRequest, signal: AbortSignal) => Promise<PlayAnswer>;

/** A packet table takes some 100 ms, a rendition longer. */
const PATIENCE_MS = 1_000;
const RETRY_AFTER_MS = 500;

export function createPlay(deps: PlayDeps): Play {
  const { catalog, standing, playables, patienceMs = PATIENCE_MS } = deps;

  /** What can be played now; undefined where it is still being made. */
  async function playable(
    original: StoredAsset,
    decodable: readonly Decodable[],
  ): Promise<Playable | undefined> {
    const found = await playables.find(original, decodable);
    if (found) return found;
    const stopWaiting = new AbortController();
    const isMade = await Promise.race([
      playables.prepare(original, decodable).then(() => true),
      wait(patienceMs, false, { signal: stopWaiting.signal }).catch(() => false),
    ]).finally(() => stopWaiting.abort());
    return isMade ? playables.find(original, decodable) : undefined;
  }

  return async (listener, { trackId, deviceId, decodable }, signal) => {
    const parsed = parseWireId(trackId);
    if (parsed?.kind !== 'tr') throw noTrack();
    const [deviceKey, original] = await Promise.all([
      standing.deviceKey(listener, deviceId),
      catalog.originalOf(parsed.id),
    ]);
    if (!deviceKey) throw new ClefError('device-refused', 'this device may not play: it is not known here');
    if (!original) throw noTrack();
    const found = await playable(original, decodable);
    if (!found) return { kind: 'preparing', retryAfterMs: RETRY_AFTER_MS };
    return ready(deps, { ...listener, device: deviceId }, deviceKey, trackId, found, signal);
  };
}

async function ready(
  { heads, trackKey, tickets, now }: PlayDeps,
  device: Listener & { readonly device: string },
  deviceKey: JsonWebKey,
  trackId: string,
  { audio, table }: Playable,
  signal: AbortSignal,
): Promise<PlayAnswer> {
  const { libraryId, assetId } = audio;
  const [firstChunk, sealedTable, keys, { ticket, expiresAtMs }] = await Promise.all([
    heads.first(audio, signal),
    heads.whole(table, signal),
    Promise.all([trackKey(audio), trackKey(table)]).then(([audioKey, tableKey]) => {
      const plaintext = JSON.stringify({
        audio: toBase64Url(audioKey),
        table: toBase64Url(tableKey),
      } satisfies PlayKeysPayload);
      return sealToDevice(deviceKey, { libraryId, assetId, issuedAtMs: now() }, utf8(plaintext));
    }),
    tickets.issue({ ...device, libraryId, assetIds: [assetId, table.assetId] }),
  ]);
  return {
    kind: 'ready',
    trackId,
    audio: locationOf(audio),
    keys,
    table: { location: locationOf(table), sealed: sealedTable },
    firstChunk,
    ticket,
    ticketExpiresAtMs: expiresAtMs,
  };
}

function locationOf({
  libraryId,
  assetId,
  layoutId,
  policy,
  header,
  lengthBytes,
}: StoredAsset): PlayLocation {
  return { libraryId, assetId, layoutId, ...policy, header: toBase64Url(header), lengthBytes };
}

function noTrack(): ClefError {
  return new ClefError('not-found', 'no track has this id');
}
