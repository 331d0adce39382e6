export { changeLibraryKeys, type KeysChange } from './change-keys.ts';
export { type DrillReport, drillRecoveryKit } from './drill.ts';
export { joinLibraryKeys, type LibraryPin } from './join-keys.ts';
export { type KeysStatus, keysStatus } from './keys-status.ts';
export {
  createLibraryKeys,
  type KeyStatements,
  type LoadedKeys,
  loadLibraryKeys,
  joinStatements,
  openStatements,
} from './library-keys.ts';
export { readPrivateFile, writePrivateFile } from './private-file.ts';
export { generatePassphrase } from './passphrase.ts';
export { assertStrongPassphrase } from './passphrase-strength.ts';
export { recoverLibraryKeys } from './recover-keys.ts';
export type { KitNode } from './kit.ts';
export {
  createRecoveryKit,
  type OpenRecoveryKit,
  openRecoveryKit,
  writeRecoveryKit,
  readRecoveryKit,
  renewKitNodes,
} from './recovery-kit.ts';
export { revealSecret } from './reveal-secret.ts';
export { readSeenKeys, writeSeenKeys } from './seen-keys.ts';
export { parseServerCard, type ServerCard, writeServerCard } from './server-card.ts';
export { generateServerKey, parseServerKey, type ServerKey } from './server-key.ts';
export { openServerKey, saveServerKey, type ServerKeyPlace } from './server-key-store.ts';
export { type GivenUpBranch, type KeysBranch, settleLibraryKeys } from './settle-keys.ts';
