import { type Bytes, ClefError, equalBytes, isClefError, toHex } from '../core/index.ts';
import {
  type KeyringTarget,
  keyringRejected,
  parseKeyring,
  type SignedKeyring,
} from './keyring-statement.ts';

/** Versions times nodes; a folder that holds more is not read as keyrings. */
const MAX_CANDIDATES = 16_384;

/** The newest keyring that a reader has accepted before, from where an attacker of the nodes cannot write. */
export interface KeyringHead {
  readonly version: number;
  readonly hash: Bytes;
}

export interface KeyringChoice {
  readonly chosen: SignedKeyring;
  /** By position, the chosen one and those it descends from: all that its validity rests on. */
  readonly lineage: ReadonlySet<number>;
  /** Candidates that are no keyring of this library, or whose signer had no right: by position. */
  readonly rejected: readonly { readonly candidate: number; readonly error: ClefError }[];
}

/**
 * The newest valid keyring among everything that nodes and folders hold, all versions of it, in any order.
 *
 * Valid is what the root signed, and what a server signed whom the previous version names administrator,
 * if it names that version's hash. Two valid successors of one version are `keyring-conflict` until the root
 * signs a later version, which settles it: whatever does not descend from the newest version of the root is
 * void. Nothing valid, or nothing as new as the head, is `keyring-rejected`.
 */
export async function chooseKeyring(
  candidates: readonly string[],
  target: KeyringTarget,
  head?: KeyringHead,
): Promise<KeyringChoice> {
  if (candidates.length > MAX_CANDIDATES) {
    throw keyringRejected(`at most ${MAX_CANDIDATES} candidates expected, got ${candidates.length}`);
  }
  const { signed, rejected } = await parseCandidates(candidates, target);
  const valid = withAuthority([...signed.values()], target.rootFingerprint);
  for (const [candidate, jws] of candidates.entries()) {
    const keyring = signed.get(jws);
    if (keyring === undefined || valid.has(keyring)) continue;
    rejected.push({
      candidate,
      error: keyringRejected(`the signer of version ${keyring.version} has no right to it`),
    });
  }
  const root = newestOfRoot(valid, target.rootFingerprint);
  if (root === undefined) {
    throw rejected[0]?.error ?? keyringRejected('there is none that the root key signed');
  }
  const chosen = followSuccessors(root, valid);
  if (head !== undefined) assertFollows(chosen, head, root, valid);
  return { chosen, lineage: lineageOf(chosen, candidates, signed), rejected };
}

export interface KeyringBranches {
  /** The last version of each line that could count: one where there is no conflict. */
  readonly tips: readonly SignedKeyring[];
  /** Of everything that is valid, void lines too; what is to settle them has to be above it. */
  readonly highestVersion: number;
}

/** What `chooseKeyring` chooses among, for whoever has the root key and is to decide. Throws where nothing is valid. */
export async function keyringBranches(
  candidates: readonly string[],
  target: KeyringTarget,
): Promise<KeyringBranches> {
  const { signed } = await parseCandidates(candidates, target);
  const valid = withAuthority([...signed.values()], target.rootFingerprint);
  const roots = newestRoots(valid, target.rootFingerprint);
  if (roots.length === 0) throw keyringRejected('there is none that the root key signed');
  const tips = new Set<SignedKeyring>();
  const open = new Set([...roots, ...roots.flatMap((root) => siblingsOf(root, valid))]);
  for (const keyring of open) {
    const next = [...valid].filter((one) => succeeds(one, keyring.hash));
    if (next.length === 0) tips.add(keyring);
    for (const one of next) open.add(one);
  }
  return { tips: [...tips], highestVersion: Math.max(...[...valid].map(({ version }) => version)) };
}

async function parseCandidates(candidates: readonly string[], target: KeyringTarget) {
  const signed = new Map<string, SignedKeyring>();
  const rejected: { candidate: number; error: ClefError }[] = [];
  for (const [candidate, jws] of candidates.entries()) {
    if (signed.has(jws)) continue;
    try {
      signed.set(jws, await parseKeyring(jws, target));
    } catch (error) {
      if (!isClefError(error)) throw error;
      rejected.push({ candidate, error });
    }
  }
  return { signed, rejected };
}

/** Rising versions, so that a version's right is known before its successors are judged. */
function withAuthority(signed: readonly SignedKeyring[], rootFingerprint: string): Set<SignedKeyring> {
  const valid = new Set<SignedKeyring>();
  const byHash = new Map<string, SignedKeyring>();
  for (const keyring of [...signed].sort((a, b) => a.version - b.version)) {
    const previous = keyring.previousHash && byHash.get(toHex(keyring.previousHash));
    const named =
      previous?.version === keyring.version - 1 && previous.administrators.includes(keyring.signerKid);
    if (keyring.signerKid !== rootFingerprint && !named) continue;
    valid.add(keyring);
    byHash.set(toHex(keyring.hash), keyring);
  }
  return valid;
}

function newestOfRoot(valid: ReadonlySet<SignedKeyring>, rootFingerprint: string): SignedKeyring | undefined {
  const [newest, other] = newestRoots(valid, rootFingerprint);
  if (newest === undefined) return undefined;
  // A server that succeeded the same version meanwhile may have sealed under an epoch of its own.
  if (other !== undefined || siblingsOf(newest, valid).length > 0) throw conflict(newest.version);
  return newest;
}

/** Of the highest version that the root key signed: one, but for two uses of the kit from one state. */
function newestRoots(valid: ReadonlySet<SignedKeyring>, rootFingerprint: string): readonly SignedKeyring[] {
  const ofRoot = [...valid].filter(({ signerKid }) => signerKid === rootFingerprint);
  const version = Math.max(...ofRoot.map((keyring) => keyring.version));
  return ofRoot.filter((keyring) => keyring.version === version);
}

/** Others of its version that follow the same one. */
function siblingsOf(
  { jws, version, previousHash }: SignedKeyring,
  valid: ReadonlySet<SignedKeyring>,
): readonly SignedKeyring[] {
  if (previousHash === undefined) return [];
  return [...valid].filter(
    (other) => other.jws !== jws && other.version === version && succeeds(other, previousHash),
  );
}

function followSuccessors(root: SignedKeyring, valid: ReadonlySet<SignedKeyring>): SignedKeyring {
  let newest = root;
  for (;;) {
    const [next, other] = [...valid].filter((keyring) => succeeds(keyring, newest.hash));
    if (next === undefined) return newest;
    if (other !== undefined) throw conflict(next.version);
    newest = next;
  }
}

/** Without what is valid and void: a lost administrator may sign any number of those. */
function lineageOf(
  chosen: SignedKeyring,
  candidates: readonly string[],
  signed: ReadonlyMap<string, SignedKeyring>,
): ReadonlySet<number> {
  const byHash = new Map(Array.from(signed.values(), (keyring) => [toHex(keyring.hash), keyring]));
  const lineage = new Set<string>();
  let ancestor: SignedKeyring | undefined = chosen;
  while (ancestor !== undefined) {
    lineage.add(ancestor.jws);
    ancestor = ancestor.previousHash && byHash.get(toHex(ancestor.previousHash));
  }
  return new Set(candidates.keys().filter((at) => lineage.has(candidates[at] ?? '')));
}

function succeeds(keyring: SignedKeyring, hash: Bytes): boolean {
  return keyring.previousHash !== undefined && equalBytes(keyring.previousHash, hash);
}

/** The head itself, a descendant of it, or what the root signed after it; anything else forgets something. */
function assertFollows(
  chosen: SignedKeyring,
  head: KeyringHead,
  root: SignedKeyring,
  valid: ReadonlySet<SignedKeyring>,
): void {
  if (chosen.version < head.version) {
    throw keyringRejected(
      `it was rolled back: version ${head.version} or later expected, got ${chosen.version}`,
    );
  }
  if (root.version > head.version) return;
  const byHash = new Map([...valid].map((keyring) => [toHex(keyring.hash), keyring]));
  let ancestor: SignedKeyring | undefined = chosen;
  while (ancestor !== undefined && ancestor.version > head.version) {
    ancestor = ancestor.previousHash && byHash.get(toHex(ancestor.previousHash));
  }
  if (ancestor === undefined || !equalBytes(ancestor.hash, head.hash)) throw conflict(head.version);
}

function conflict(version: number): ClefError {
  return new ClefError(
    'keyring-conflict',
    `two valid keyrings of version ${version} exist; the recovery kit must decide (\`clef keys settle\`)`,
  );
}
