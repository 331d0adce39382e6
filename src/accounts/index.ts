export {
  type Accounts,
  type AccountsOptions,
  type Actor,
  type CreatedUser,
  createAccounts,
  FIRST_ADMIN_NAME,
  type NewUser,
  type SignIn,
} from './accounts.ts';
export {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type PresentedCredentials,
  type SignedIn,
} from './authenticator.ts';
export {
  type Credentials,
  type CredentialsOptions,
  type CredentialView,
  createCredentials,
  MAX_CREDENTIALS,
  type NewApiKey,
  type NewAppPassword,
} from './credentials.ts';
export { createMemoryAccountStore } from './memory-store.ts';
export { foldName, parseName } from './names.ts';
export { LOGIN_COST, PasswordHasher, type PasswordHasherOptions } from './password.ts';
export type { Argon2Cost } from './phc.ts';
export type {
  Account,
  AccountChange,
  AccountStore,
  AuditAction,
  AuditRecord,
  CredentialId,
  CredentialUse,
  NewAccount,
  NewAccountAudit,
  Role,
  StoredAccount,
  StoredApiKey,
  StoredAppPassword,
  StoredCredential,
} from './port.ts';
export { createSecretBox, OpenedSecrets, type SecretBox, type SecretContext } from './secret-box.ts';
export { USAGE_INTERVAL_MS, UsageLog } from './usage-log.ts';
