import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CatalogReader, StoredAsset } from '../../catalog/index.ts';
import { type AssetId, ClefError, isClefError, isHexId } from '../../core/index.ts';
import { parseAssetHeader } from '../../crypto/index.ts';
import { createLayout } from '../../vault/index.ts';
import { columnTicketFor } from '../media/index.ts';
import type { SendMedia } from '../media-sender.ts';
import type { SealedReader, Standing } from './ports.ts';
import { problemOf } from './problem.ts';
import { refused, type Tickets } from './tickets.ts';

export interface CiphertextDeps {
  readonly catalog: Pick<CatalogReader, 'asset'>;
  readonly standing: Standing;
  readonly tickets: Tickets;
  readonly sealed: Pick<SealedReader, 'sealedChunk'>;
  readonly sendMedia: SendMedia;
}

type ColumnRequest = FastifyRequest<{ Params: { asset: string; layout: string; column: string } }>;
type ChunkRequest = FastifyRequest<{ Params: { asset: string; chunk: string } }>;

/** One way to write a number, so that the same bytes have one address in every cache. */
const COLUMN = /^(?:0|[1-9]\d?)$/;
const CHUNK = /^(?:0|[1-9]\d{0,7})$/;

/**
 * Sealed bytes for players that decrypt themselves: `/c/v1` straight from the nodes and cacheable anywhere, `/v/v1`
 * one verified chunk, never cached. Neither has ever plaintext in it. What authorises is in a header, which is no
 * part of a cache's key, and pages of other origins cannot send it.
 */
export function ciphertextRoutes(app: FastifyInstance, deps: CiphertextDeps): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/c/v1/:asset/:layout/:column',
    handler: (request: ColumnRequest, reply) => answerOrRefuse(reply, () => column(request, reply, deps)),
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v/v1/:asset/:chunk',
    handler: (request: ChunkRequest, reply) => answerOrRefuse(reply, () => chunk(request, reply, deps)),
  });
}

async function column(request: ColumnRequest, reply: FastifyReply, deps: CiphertextDeps): Promise<void> {
  const { asset: assetId, layout: layoutId, column: digits } = request.params;
  const asset = await admittedAsset(request, assetId, deps);
  const { policy, header } = asset;
  const layout = createLayout(policy, parseAssetHeader(header).paddedLengthBytes);
  const index = COLUMN.test(digits) ? Number(digits) : -1;
  if (asset.layoutId !== layoutId || !layout.storedColumns.includes(index)) {
    throw new ClefError('not-found', 'this asset has no such column, or no longer');
  }
  const ticket = columnTicketFor(asset, index, layout.columnBytes(index));
  await deps.sendMedia(request, reply, ticket, problemOf);
}

async function chunk(
  request: ChunkRequest,
  reply: FastifyReply,
  deps: CiphertextDeps,
): Promise<FastifyReply> {
  const { asset: assetId, chunk: digits } = request.params;
  const asset = await admittedAsset(request, assetId, deps);
  if (!CHUNK.test(digits)) throw new ClefError('bad-request', 'a chunk is a number');
  const leaving = new AbortController();
  reply.raw.once('close', () => leaving.abort());
  const sealed = await deps.sealed.sealedChunk(asset, Number(digits), leaving.signal);
  return reply
    .header('cache-control', 'no-store')
    .header('content-type', 'application/octet-stream')
    .send(Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength));
}

/** The asset, where this request's ticket is for it and whoever got that may still play. */
async function admittedAsset(
  { headers }: FastifyRequest,
  assetId: string,
  { catalog, standing, tickets }: CiphertextDeps,
): Promise<StoredAsset> {
  const grant = await tickets.read(headers.authorization);
  if (!isHexId(assetId) || !grant.assetIds.includes(assetId as AssetId)) throw refused();
  const [isStanding, asset] = await Promise.all([standing.holds(grant), catalog.asset(assetId as AssetId)]);
  if (!isStanding) throw refused();
  if (asset?.libraryId !== grant.libraryId) throw new ClefError('not-found', 'nothing has this id');
  return asset;
}

async function answerOrRefuse(reply: FastifyReply, answer: () => Promise<unknown>): Promise<FastifyReply> {
  // On the raw response, since media answers bypass the reply.
  reply.raw.setHeader('cross-origin-resource-policy', 'same-origin');
  try {
    await answer();
  } catch (error) {
    if (!isClefError(error)) throw error;
    const { httpStatus, contentType, body } = problemOf(error);
    if (httpStatus === 401) void reply.header('www-authenticate', 'Ticket');
    void reply.code(httpStatus).header('cache-control', 'no-store').type(contentType).send(body);
  }
  return reply;
}
