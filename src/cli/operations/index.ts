import { ClefError } from '../../core/index.ts';
import { importFolders } from './import.ts';
import { showInvitation } from './invite.ts';
import { keyChangeOperations } from './key-changes.ts';
import { drillKit, showGatewayKey, showKeys } from './keys.ts';
import { matrixOperations } from './matrix.ts';
import { nodeOperations } from './nodes.ts';
import type { AnyOperation } from './operation.ts';
import {
  addUser,
  createApiKey,
  createAppPassword,
  disableUser,
  enableUser,
  listCredentials,
  listUsers,
  revokeCredential,
  setPassword,
  setRole,
} from './people.ts';
import { resealKeys } from './reseal.ts';
import { searchLibrary } from './search.ts';
import { settleKeys } from './settle-keys.ts';
import { listSources, removeSource } from './source.ts';
import { showStatus } from './status.ts';
import { removeTrack } from './track.ts';
import { vaultOperations } from './vault.ts';

/** All that may be asked for over the control socket. */
const operations: readonly AnyOperation[] = [
  addUser,
  createApiKey,
  createAppPassword,
  disableUser,
  drillKit,
  enableUser,
  importFolders,
  listCredentials,
  listSources,
  listUsers,
  removeSource,
  removeTrack,
  resealKeys,
  revokeCredential,
  searchLibrary,
  setPassword,
  setRole,
  settleKeys,
  showGatewayKey,
  showInvitation,
  showKeys,
  showStatus,
  ...keyChangeOperations,
  ...matrixOperations,
  ...nodeOperations,
  ...vaultOperations,
];

export function findOperation(name: string): AnyOperation {
  const found = operations.find((operation) => operation.name === name);
  if (!found)
    throw new ClefError(
      'bad-request',
      'the running server does not know this command; restart it after an update',
    );
  return found;
}
