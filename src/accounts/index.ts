export { type Accounts, createAccounts } from './accounts.ts';
export { type Authenticator, createAuthenticator, type PresentedCredentials } from './authenticator.ts';
export { type Credentials, type CredentialView, createCredentials } from './credentials.ts';
export { foldName } from './names.ts';
export { PasswordHasher } from './password.ts';
export type {
  Account,
  AccountStore,
  AuditRecord,
  NewAccount,
  StoredApiKey,
  StoredAppPassword,
} from './port.ts';
export { createSecretBox, OpenedSecrets } from './secret-box.ts';
export { UsageLog } from './usage-log.ts';
