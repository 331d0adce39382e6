import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import type { CatalogReader } from '../../catalog/index.ts';
import type { AssetId } from '../../core/index.ts';
import { type Covers, sendPicture } from '../covers/index.ts';
import type { Gate } from './gate.ts';
import { nothingHasId } from './ids.ts';
import { parseInput } from './parse-input.ts';

const DEFAULT_PIXELS = '600';
/** An asset's bytes never change; a shared cache keeps nothing that a sign-in protects. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

const params = v.object({ id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) });
const query = v.object({
  size: v.optional(v.pipe(v.string(), v.regex(/^\d{2,4}$/), v.transform(Number)), DEFAULT_PIXELS),
});

export interface CoverRouteDeps {
  readonly catalog: CatalogReader;
  readonly covers: Covers;
}

/** `GET /covers/:id?size=`: the picture that an item's `coverId` names, fitted into a square of that many pixels. */
export function coverRoute(scope: FastifyInstance, gate: Gate, { catalog, covers }: CoverRouteDeps): void {
  scope.get('/covers/:id', async (request, reply) => {
    await gate.admit(request, reply, { method: 'GET', access: 'session' });
    const { id } = parseInput(params, request.params, 'path');
    const { size } = parseInput(query, request.query, 'query');
    const asset = await catalog.asset(id as AssetId);
    if (!asset?.mediaType.startsWith('image/')) throw nothingHasId();
    reply.header('cross-origin-resource-policy', 'same-origin');
    const picture = await covers.resized(asset, size);
    return sendPicture(request, reply, { picture, cacheControl: CACHE_CONTROL });
  });
}
