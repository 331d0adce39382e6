import type { Account, Accounts, Credentials, CredentialView, Sessions } from '../../../accounts/index.ts';
import type { AdminAccount, AppPassword } from '../../../api/index.ts';
import { wireId } from '../../../core/index.ts';
import type { ScanControl } from '../../ports.ts';
import type { Handlers } from '../handler.ts';
import { idOf } from '../ids.ts';
import { wireFindings, wireImport } from '../wire/import.ts';

export interface AdminHandlerDeps {
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  readonly sessions: Pick<Sessions, 'assertFresh'>;
  readonly scan: ScanControl;
}

type Names =
  | 'accounts'
  | 'addAccount'
  | 'changeAccount'
  | 'resetPassword'
  | 'appPasswords'
  | 'addAppPassword'
  | 'revokeAppPassword'
  | 'importProgress'
  | 'importFindings'
  | 'startImport';

export function adminHandlers({ accounts, credentials, sessions, scan }: AdminHandlerDeps): Handlers<Names> {
  return {
    accounts: async () => ({ accounts: (await accounts.list()).map(wireAccount) }),

    async addAccount({ viewer, body }) {
      sessions.assertFresh(viewer.session);
      const { account, generatedPassword } = await accounts.createUser(body, viewer.account.id);
      return {
        account: wireAccount(account),
        ...(generatedPassword !== undefined && { generatedPassword }),
      };
    },

    async changeAccount({ viewer, params, body: { role, disabled } }) {
      sessions.assertFresh(viewer.session);
      const id = idOf('us', params.id);
      const by = viewer.account.id;
      if (role !== undefined) await accounts.setRole(id, role, by);
      if (disabled === true) await accounts.disable(id, by);
      if (disabled === false) await accounts.enable(id, by);
      return wireAccount(await accounts.get(id));
    },

    resetPassword({ viewer: { account, session }, params, body: { password } }) {
      sessions.assertFresh(session);
      return accounts.setPassword(idOf('us', params.id), password, account.id);
    },

    async appPasswords({ viewer: { account } }) {
      return { appPasswords: (await credentials.list(account.id)).map(wireCredential) };
    },

    async addAppPassword({ viewer: { account, session }, body: { clientName } }) {
      sessions.assertFresh(session);
      const { id, username, password } = await credentials.createAppPassword(
        account.id,
        clientName,
        account.id,
      );
      return { id: String(id), username, password };
    },

    revokeAppPassword: ({ viewer: { account }, params: { id } }) =>
      credentials.revoke(account.id, Number(id) as CredentialView['id'], account.id),

    importProgress: () => wireImport(scan.status()),

    importFindings: () => wireFindings(scan.findings()),

    startImport: () => scan.start(),
  };
}

function wireAccount({ id, name, role, createdAtMs, disabledAtMs }: Account): AdminAccount {
  return {
    id: wireId('us', id),
    name,
    role,
    createdAtMs,
    ...(disabledAtMs !== undefined && { disabledAtMs }),
  };
}

function wireCredential({ id, kind, clientName, createdAtMs, lastUsedAtMs }: CredentialView): AppPassword {
  return {
    id: String(id),
    kind,
    clientName,
    createdAtMs,
    ...(lastUsedAtMs !== undefined && { lastUsedAtMs }),
  };
}
