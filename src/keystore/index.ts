export { type DrillReport, drillRecoveryKit, type SampledAsset } from './drill.ts';
export { type KeyringStatus, type KeysStatus, type KeysStatusInput, keysStatus } from './keys-status.ts';
export {
  createLibraryKeys,
  type FirstKeys,
  joinStatements,
  type KeyStatements,
  type LibraryKeys,
  type LoadedKeys,
  loadLibraryKeys,
  openStatements,
  type SeenKeys,
  type StatementsPin,
} from './library-keys.ts';
export { canonicalPassphrase, generatePassphrase } from './passphrase.ts';
export { assertStrongPassphrase } from './passphrase-strength.ts';
export { readSeenKeys, writeSeenKeys } from './seen-keys.ts';
export { type KeyRecovery, recoverLibraryKeys } from './recover-keys.ts';
export {
  createRecoveryKit,
  KIT_FILE,
  KIT_PAGE_FILE,
  type KitDescription,
  type KitNode,
  type NewRecoveryKit,
  type OpenRecoveryKit,
  openRecoveryKit,
  RECOVERY_KEY_FILE,
  type RecoveryKit,
  readRecoveryKit,
  renewKitNodes,
  ROOT_KEY_FILE,
  writeRecoveryKit,
} from './recovery-kit.ts';
export { type Revealed, type RevealTarget, revealSecret, type SecretToReveal } from './reveal-secret.ts';
export { generateServerKey, parseServerKey, type ServerKey, type ServerKeyText } from './server-key.ts';
export { type AskPassphrase, openServerKey, saveServerKey, type ServerKeyPlace } from './server-key-store.ts';
