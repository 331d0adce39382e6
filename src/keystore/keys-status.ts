import { stat } from 'node:fs/promises';
import { unreachable } from '../core/index.ts';
import { currentEpoch, type Keyring, type KeyringKind, type RecipientRole } from '../crypto/index.ts';
import type { LibraryKeys } from './library-keys.ts';
import type { ServerKey } from './server-key.ts';
import type { ServerKeyPlace } from './server-key-store.ts';

interface KeyringStatus {
  readonly kind: KeyringKind;
  readonly version: number;
  readonly epochCount: number;
  readonly currentEpoch: number;
  readonly recipients: readonly {
    readonly role: RecipientRole;
    readonly thumbprint: string;
    readonly isThisServer: boolean;
  }[];
  /** Servers that may sign the next version. */
  readonly administrators: readonly { readonly kid: string; readonly isThisServer: boolean }[];
}

export interface KeysStatus {
  readonly libraryId: string;
  readonly rootFingerprint: string;
  readonly keyrings: readonly KeyringStatus[];
  readonly serverKey: {
    readonly kind: ServerKeyPlace['kind'];
    /** The key's file lies on a file system that also holds a node. */
    readonly besideVault: boolean;
    /** What the place protects from, in a sentence or two. */
    readonly sentence: string;
  };
}

export interface KeysStatusInput {
  readonly keys: LibraryKeys;
  readonly server: ServerKey;
  readonly place: ServerKeyPlace;
  /** Folders of the nodes that are folders. */
  readonly nodeFolders: readonly string[];
}

export async function keysStatus({ keys, server, place, nodeFolders }: KeysStatusInput): Promise<KeysStatus> {
  const besideVault = place.kind !== 'credential' && (await sharesDevice(place.path, nodeFolders));
  return {
    libraryId: keys.library.libraryId,
    rootFingerprint: keys.trust.rootFingerprint,
    keyrings: [keys.library, keys.service].map((keyring) => keyringStatus(keyring, server)),
    serverKey: { kind: place.kind, besideVault, sentence: sentenceOf(place.kind, besideVault) },
  };
}

/** Said as plainly as docs/threat-model.md says it. */
function sentenceOf(kind: ServerKeyPlace['kind'], besideVault: boolean): string {
  switch (kind) {
    case 'file':
      return besideVault
        ? 'The server key is a file beside the vault: whoever takes this whole machine can read open libraries, and so can whoever takes this disk alone.'
        : 'The server key is a file on another disk than the vault: the disks of the vault alone give nothing away, but whoever takes this whole machine can read open libraries.';
    case 'passphrase':
      return 'The server key is sealed with a passphrase that is asked at each start: whoever takes this machine while it is off needs the passphrase to read open libraries; while it runs, its memory holds the keys.';
    case 'credential':
      return 'The server key is a systemd credential: it is as safe as what systemd sealed it with (a TPM, the host key); while the server runs, its memory holds the keys.';
    default:
      return unreachable(kind);
  }
}

function keyringStatus(keyring: Keyring, server: ServerKey): KeyringStatus {
  return {
    kind: keyring.kind,
    version: keyring.version,
    epochCount: keyring.epochs.length,
    currentEpoch: currentEpoch(keyring).epoch,
    recipients: keyring.recipients.map(({ role, thumbprint }) => ({
      role,
      thumbprint,
      isThisServer: thumbprint === server.identity.thumbprint,
    })),
    administrators: keyring.administrators.map((kid) => ({
      kid,
      isThisServer: kid === server.signingKey.kid,
    })),
  };
}

/** What cannot be looked at counts as shared: the sentence must not promise more than is known. */
async function sharesDevice(path: string, folders: readonly string[]): Promise<boolean> {
  const devices = await Promise.all(
    [path, ...folders].map((each) =>
      stat(each).then(
        (s) => s.dev,
        () => undefined,
      ),
    ),
  );
  const [own, ...others] = devices;
  return own === undefined || others.some((device) => device === undefined || device === own);
}
