import type { AlbumOrder, AlbumView, CatalogReader } from '../../../catalog/index.ts';
import { ClefError } from '../../../core/index.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import { integerParam, type Params, requiredInteger, requiredText } from '../params.ts';
import { albumChild, albumID3 } from '../wire/index.ts';
import { libraryFilter } from './music-folder.ts';
import { listSize, pageOffset } from './paging.ts';

const YEARS = { min: 0, max: 9999 };

export function albumListEndpoints(catalog: CatalogReader): Endpoints {
  async function listed({ account, params }: Call): Promise<readonly AlbumView[]> {
    const order = albumOrder(requiredText(params, 'type'), params);
    const page = { offset: pageOffset(params, 'offset'), count: listSize(params, 'size') };
    return catalog.listAlbums(order, page, account.id, await libraryFilter(catalog, params));
  }

  return {
    getAlbumList: documentEndpoint(async (call) => ({
      albumList: { album: (await listed(call)).map(albumChild) },
    })),
    getAlbumList2: documentEndpoint(async (call) => ({
      albumList2: { album: (await listed(call)).map(albumID3) },
    })),
  };
}

function albumOrder(type: string, params: Params): AlbumOrder {
  switch (type) {
    case 'random':
    case 'newest':
    case 'highest':
    case 'frequent':
    case 'recent':
    case 'starred':
      return { kind: type };
    case 'alphabeticalByName':
      return { kind: 'by-name' };
    case 'alphabeticalByArtist':
      return { kind: 'by-artist' };
    case 'byYear':
      return {
        kind: 'by-year',
        fromYear: requiredInteger(params, 'fromYear', YEARS),
        toYear: requiredInteger(params, 'toYear', YEARS),
      };
    case 'byGenre':
      return { kind: 'by-genre', genre: requiredText(params, 'genre') };
    default:
      throw new ClefError('bad-request', 'type is not a kind of album list');
  }
}

export function yearRange(params: Params): { readonly fromYear?: number; readonly toYear?: number } {
  const fromYear = integerParam(params, 'fromYear', YEARS);
  const toYear = integerParam(params, 'toYear', YEARS);
  return {
    ...(fromYear === undefined ? {} : { fromYear }),
    ...(toYear === undefined ? {} : { toYear }),
  };
}
