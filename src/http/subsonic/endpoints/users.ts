import { foldName } from '../../../accounts/index.ts';
import type { CatalogReader } from '../../../catalog/index.ts';
import { ClefError } from '../../../core/index.ts';
import type { AccountDirectory } from '../../ports.ts';
import { documentEndpoint, type Endpoints } from '../endpoint.ts';
import { requiredText } from '../params.ts';
import { wireUser } from '../wire/index.ts';

export function userEndpoints(
  catalog: Pick<CatalogReader, 'libraries'>,
  accounts: AccountDirectory,
): Endpoints {
  return {
    getUser: documentEndpoint(async ({ account, params }) => {
      const name = requiredText(params, 'username');
      const own = foldName(name) === foldName(account.name);
      if (!own && account.role !== 'admin') {
        throw new ClefError('not-allowed', 'only an administrator may look at another user');
      }
      const user = own ? account : await accounts.find(name);
      return { user: wireUser(user, await catalog.libraries()) };
    }),
  };
}
