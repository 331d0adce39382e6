import type { Account } from '../../../accounts/index.ts';
import type { CatalogReader } from '../../../catalog/index.ts';
import { ClefError, type UploadId } from '../../../core/index.ts';
import type { Upload, Uploads } from '../../../uploads/index.ts';
import type { MayUpload } from '../../ports.ts';
import type { Handlers } from '../handler.ts';
import { wireUploads } from '../wire/uploads.ts';

export interface UploadHandlerDeps {
  readonly uploads: Uploads;
  readonly mayUpload: MayUpload;
  readonly catalog: Pick<CatalogReader, 'tracks'>;
}

type Names = 'uploads' | 'upload' | 'beginUpload' | 'removeUpload';

export function uploadHandlers({ uploads, mayUpload, catalog }: UploadHandlerDeps): Handlers<Names> {
  async function wireOne(upload: Upload) {
    const [one] = await wireUploads(catalog, upload.userId, [upload]);
    if (!one) throw new TypeError('one upload has one wire shape');
    return one;
  }

  return {
    uploads: async ({ viewer: { account } }) => ({
      uploads: await wireUploads(catalog, account.id, await uploads.list(account.id)),
    }),

    upload: async ({ viewer: { account }, params: { id } }) =>
      wireOne(await uploads.find(account.id, id as UploadId)),

    async beginUpload({ viewer: { account }, params: { id }, body }) {
      assertMayUpload(mayUpload, account);
      return wireOne(await uploads.begin({ ...body, id: id as UploadId, userId: account.id }));
    },

    removeUpload: ({ viewer: { account }, params: { id } }) => uploads.remove(account.id, id as UploadId),
  };
}

/** `not-allowed`. */
export function assertMayUpload(mayUpload: MayUpload, account: Account): void {
  if (!mayUpload(account)) throw new ClefError('not-allowed', 'this account may not add music');
}
