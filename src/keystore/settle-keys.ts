import { ClefError, equalBytes, toHex } from '../core/index.ts';
import {
  type Keyring,
  type KeyringBranches,
  type KeyringKind,
  keyOfEpoch,
  keyringBranches,
  openLibraryKeyring,
  openServiceKeyring,
  sealKeyring,
  type SignedKeyring,
  succeedKeyring,
} from '../crypto/index.ts';
import {
  joinStatements,
  type KeyStatements,
  type LoadedKeys,
  openStatements,
  type SeenKeys,
} from './library-keys.ts';
import type { OpenRecoveryKit } from './recovery-kit.ts';
import type { ServerKey } from './server-key.ts';

/** One of several lines that a keyring went. */
export interface KeysBranch {
  readonly kind: KeyringKind;
  readonly version: number;
  /** The first digits of its hash, by which a person names it. */
  readonly name: string;
  readonly epochs: readonly number[];
  readonly recipients: readonly string[];
  /** Key id of who signed its last version. */
  readonly signer: string;
}

export interface KeysSettlement {
  /** Everything that is known, of nodes and of this server. */
  readonly statements: KeyStatements;
  readonly seen: SeenKeys;
  readonly kit: OpenRecoveryKit;
  readonly server: ServerKey;
  /** Names of branches to keep; without one of a keyring, that which this server has accepted. */
  readonly keep: readonly string[];
}

export interface GivenUpBranch extends KeysBranch {
  /** Epochs that it opened: what was sealed under these does not open any more. */
  readonly lostEpochs: readonly number[];
}

interface Settled {
  readonly kept: readonly KeysBranch[];
  readonly givenUp: readonly GivenUpBranch[];
}

export interface SettledKeys extends Settled {
  readonly keys: LoadedKeys;
}

const NAME_DIGITS = 12;

/**
 * Where two valid successors of a keyring exist, signs one above all of them with the root key: it goes on from the
 * branch that is kept, with a new epoch, and the others are void. What was sealed under an epoch of those does not
 * open any more. Nothing is written. `not-allowed` where there is nothing to settle.
 */
export async function settleLibraryKeys(settlement: KeysSettlement): Promise<SettledKeys> {
  const { statements, kit, seen, server } = settlement;
  if (kit.libraryId !== seen.libraryId || kit.rootFingerprint !== seen.rootFingerprint) {
    throw new ClefError('not-allowed', 'the recovery kit is that of another library');
  }
  const library = await settle('library', settlement);
  const service = await settle('service', settlement);
  if (library.signed.length + service.signed.length === 0) {
    throw new ClefError('not-allowed', 'there is nothing to settle: no keyring has two valid successors');
  }
  const settled = joinStatements(statements, { library: library.signed, service: service.signed, trust: [] });
  return {
    keys: await openStatements(settled, seen, server.identity),
    kept: [...library.kept, ...service.kept],
    givenUp: [...library.givenUp, ...service.givenUp],
  };
}

async function settle(
  kind: KeyringKind,
  { statements, kit, seen, keep }: KeysSettlement,
): Promise<Settled & { readonly signed: readonly string[] }> {
  const { libraryId, rootFingerprint, recovery, root } = kit;
  const target = { kind, libraryId, rootFingerprint };
  const { tips, highestVersion } = await keyringBranches(statements[kind], target);
  if (tips.length < 2) return { signed: [], kept: [], givenUp: [] };
  const open = (tip: SignedKeyring): Promise<Keyring> =>
    kind === 'library' ? openLibraryKeyring(tip, recovery) : openServiceKeyring(tip, recovery);
  const chosen = chooseTip(kind, tips, keep, toHex(seen.heads[kind].hash));
  const kept = await open(chosen);
  const givenUp: GivenUpBranch[] = [];
  for (const tip of tips) {
    if (tip !== chosen) givenUp.push({ ...describe(tip), lostEpochs: epochsBeyond(kept, await open(tip)) });
  }
  const next = succeedKeyring(kept, chosen.hash, { openEpoch: true, aboveVersion: highestVersion });
  return { signed: [await sealKeyring(next, root)], kept: [describe(chosen)], givenUp };
}

/** One number may have another key in each branch. */
function epochsBeyond(kept: Keyring, other: Keyring): readonly number[] {
  return other.epochs.flatMap(({ epoch, key }) => {
    const same = keyOfEpoch(kept, epoch);
    return same && equalBytes(same, key) ? [] : [epoch];
  });
}

function chooseTip(
  kind: KeyringKind,
  tips: KeyringBranches['tips'],
  keep: readonly string[],
  ownHead: string,
): SignedKeyring {
  const named = tips.filter(({ hash }) => keep.includes(nameOf(hash)));
  const own = tips.filter(({ hash }) => toHex(hash) === ownHead);
  const [chosen, other] = named.length > 0 ? named : own;
  if (chosen && !other) return chosen;
  const names = tips.map(({ hash }) => nameOf(hash)).join(', ');
  throw new ClefError('bad-request', `name one branch of the ${kind} keyring to keep (--keep): ${names}`);
}

function describe({ kind, version, hash, epochs, recipients, signerKid }: SignedKeyring): KeysBranch {
  return {
    kind,
    version,
    name: nameOf(hash),
    epochs,
    recipients: recipients.map(({ thumbprint }) => thumbprint),
    signer: signerKid,
  };
}

function nameOf(hash: Uint8Array): string {
  return toHex(hash).slice(0, NAME_DIGITS);
}
