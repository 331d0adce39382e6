export { type Accounts, createAccounts } from './accounts.ts';
export { type Authenticator, createAuthenticator, type PresentedCredentials } from './authenticator.ts';
export { type Credentials, type CredentialView, createCredentials } from './credentials.ts';
export type { StoredDevice } from './device-port.ts';
export { type Devices, type DeviceView, createDevices } from './devices.ts';
export { foldName } from './names.ts';
export { PasswordHasher } from './password.ts';
export type { AuditRecord } from './audit.ts';
export type {
  Account,
  AccountStore,
  CredentialId,
  NewAccount,
  StoredApiKey,
  StoredAppPassword,
} from './port.ts';
export { createSecretBox, OpenedSecrets } from './secret-box.ts';
export { UsageLog } from './usage-log.ts';
export { createSessions, type LiveSession, type Sessions } from './sessions.ts';
export type { StoredSession } from './session-port.ts';
