import * as v from 'valibot';
import { defineRoute } from './route.ts';
import { base64Url, hexId, thumbprint, timeMs, trackId } from './values.ts';

/** Where an asset's sealed bytes lie: what the player computes columns and offsets from (docs/format.md). */
export const assetLocation = v.object({
  libraryId: hexId,
  assetId: hexId,
  layoutId: hexId,
  k: v.number(),
  m: v.number(),
  /** The asset header, base64url. */
  header: base64Url,
  /** True length of the plaintext. */
  lengthBytes: v.number(),
});
export type PlayLocation = v.InferOutput<typeof assetLocation>;

/** What an `AudioDecoder` of the device takes, as it answered `isConfigSupported`; `pcm` is always there. */
export const decodable = v.picklist(['flac', 'mp3', 'aac', 'opus', 'vorbis', 'pcm']);
export type Decodable = v.InferOutput<typeof decodable>;

const ready = v.object({
  kind: v.literal('ready'),
  trackId,
  audio: assetLocation,
  /** A compact JWE (ECDH-ES+A256KW, A256GCM) to the device's key: `PlayKeysPayload` as JSON. */
  keys: v.string(),
  /** The packet table, a sealed asset: all its chunks one after the other, base64url. */
  table: v.object({ location: assetLocation, sealed: base64Url }),
  /** The first chunk of the audio, sealed, base64url. */
  firstChunk: base64Url,
  /** Presented at `/c/v1` and `/v/v1` as `Authorization: Ticket …`; opens nothing. */
  ticket: v.string(),
  ticketExpiresAtMs: timeMs,
});

/** The track's own format does not play on this device, and what does is being made. Ask again. */
const preparing = v.object({ kind: v.literal('preparing'), retryAfterMs: v.number() });

export const playAnswer = v.variant('kind', [ready, preparing]);
export type PlayAnswer = v.InferOutput<typeof playAnswer>;
export type ReadyToPlay = v.InferOutput<typeof ready>;

/** Inside the JWE. The protected header repeats `library`, `asset`, `device` and `iat`, which the player checks. */
export interface PlayKeysPayload {
  /** 32 bytes each, base64url. */
  readonly audio: string;
  readonly table: string;
}

export const playRoutes = {
  play: defineRoute({
    method: 'POST',
    path: '/play',
    access: 'session',
    summary: 'Everything that a device needs to play a track, in one round trip.',
    body: v.object({ trackId, deviceId: thumbprint, decodable: v.array(decodable) }),
    answer: playAnswer,
  }),
} as const;
