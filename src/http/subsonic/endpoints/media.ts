import type { CatalogReader, CompanionKind, StoredAsset } from '../../../catalog/index.ts';
import type { FoundReader } from '../../../catalog/search/index.ts';
import { type AssetId, isClefError, parseWireId, type UserId } from '../../../core/index.ts';
import type { Covers } from '../../covers/index.ts';
import { safeFileName, ticketFor } from '../../media/index.ts';
import type { Answer, Call, Endpoints } from '../endpoint.ts';
import { idParam, integerParam, nothingHasId, requiredText, textParam } from '../params.ts';
import { parseCoverArtId } from '../wire/index.ts';

/** A picture id names the same bytes for ever. */
const CACHE_FOR_EVER = 'private, max-age=31536000, immutable';
/** The cover of an album can change. */
const CACHE_A_WHILE = 'private, max-age=3600';

/** What browsers show as a picture and nothing else; other covers are redrawn before they are sent. */
const PLAIN_PICTURES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);

/** Their failures carry a true HTTP status where a proxy or player may do better elsewhere or later. */
export const MEDIA_ENDPOINTS: ReadonlySet<string> = new Set([
  'stream',
  'download',
  'getCoverArt',
  'getAvatar',
]);

export interface MediaDeps {
  readonly catalog: CatalogReader;
  readonly found: FoundReader;
  readonly covers: Covers;
}

/** As `format` names them. */
const RENDITIONS: ReadonlyMap<string, CompanionKind> = new Map([
  ['flac', 'flac'],
  ['opus', 'opus'],
]);

/**
 * A rendition is sent to who asks for its format and where it is finished, the original whatever else `format` and `maxBitRate`
 * say: no transcoding is advertised.
 */
export function mediaEndpoints({ catalog, found, covers }: MediaDeps): Endpoints {
  async function stream({ params }: Call): Promise<Answer> {
    const original = await catalog.originalOf(idParam(params, 'id', 'tr'));
    if (!original) throw nothingHasId();
    const kind = RENDITIONS.get(textParam(params, 'format') ?? '');
    const rendition = kind && (await renditionOf(original, kind));
    return { kind: 'media', ticket: ticketFor(rendition ?? original) };
  }

  /** Undefined also where nobody knows now, the catalogue being away: the original is music too. */
  async function renditionOf(
    { assetId }: StoredAsset,
    kind: CompanionKind,
  ): Promise<StoredAsset | undefined> {
    try {
      return (await catalog.companion(assetId, kind))?.asset;
    } catch (error) {
      if (isClefError(error, 'catalog-offline')) return undefined;
      throw error;
    }
  }

  async function download({ params }: Call): Promise<Answer> {
    const id = idParam(params, 'id', 'tr');
    const [original, name] = await Promise.all([catalog.originalOf(id), catalog.fileNameOf(id)]);
    if (!original || !name) throw nothingHasId();
    const fileName = safeFileName(`${name.displayArtist} - ${name.title}`, name.suffix);
    return { kind: 'media', ticket: ticketFor(original, fileName) };
  }

  async function getCoverArt({ account, params }: Call): Promise<Answer> {
    const id = requiredText(params, 'id');
    const sizePixels = integerParam(params, 'size', { min: 1, max: 65_535, clamp: true });
    const pictureId = parseCoverArtId(id);
    const assetId = pictureId ?? (await coverOf({ catalog, found }, id, account.id));
    const cover = assetId === undefined ? undefined : await catalog.asset(assetId);
    const cacheControl = pictureId === undefined ? CACHE_A_WHILE : CACHE_FOR_EVER;

    if (!cover?.mediaType.startsWith('image/')) {
      if (pictureId !== undefined) throw nothingHasId();
      return { kind: 'picture', picture: await covers.placeholder(id, sizePixels), cacheControl };
    }
    if (sizePixels === undefined && isPlain(cover)) {
      return { kind: 'media', ticket: { ...ticketFor(cover), cacheControl } };
    }
    return { kind: 'picture', picture: await covers.resized(cover, sizePixels), cacheControl };
  }

  return {
    stream,
    download,
    getCoverArt,
    /** Drawn from the name alone, so that it tells nothing about who has an account. */
    getAvatar: async ({ params }) => ({
      kind: 'picture',
      picture: await covers.avatar(requiredText(params, 'username')),
      cacheControl: CACHE_A_WHILE,
    }),
  };
}

function isPlain(cover: StoredAsset): boolean {
  return PLAIN_PICTURES.has(cover.mediaType);
}

type CoverDeps = Pick<MediaDeps, 'catalog' | 'found'>;

/** Players also ask with the id of the thing itself. Undefined where it exists and has no cover. */
async function coverOf(deps: CoverDeps, id: string, viewer: UserId): Promise<AssetId | undefined> {
  const parsed = parseWireId(id);
  const item = await itemWithCover(deps, parsed, viewer);
  if (!item) throw nothingHasId();
  return item.coverAssetId;
}

async function itemWithCover(
  { catalog, found }: CoverDeps,
  parsed: ReturnType<typeof parseWireId>,
  viewer: UserId,
): Promise<{ readonly coverAssetId?: AssetId } | undefined> {
  switch (parsed?.kind) {
    case 'tr':
      return (await found.tracks([parsed.id], viewer))[0];
    case 'al':
      return (await found.albums([parsed.id], viewer))[0];
    case 'ar':
      return (await found.artists([parsed.id], viewer))[0];
    case 'pl':
      return (await catalog.playlist(parsed.id, viewer))?.view;
    default:
      return undefined;
  }
}
