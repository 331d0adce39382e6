import { ClefError, isClefError, type LibraryId } from '../core/index.ts';
import {
  chooseKeyring,
  createLibraryKeyring,
  createServiceKeyring,
  type Identity,
  type KeyringChoice,
  type KeyringHead,
  type KeyringKind,
  type LibraryKeyring,
  openLibraryKeyring,
  openServiceKeyring,
  type Recipient,
  sealKeyring,
  type ServiceKeyring,
  type SigningKey,
  signTrust,
  type Trust,
  verifyTrust,
} from '../crypto/index.ts';
import type { ServerKey } from './server-key.ts';

/**
 * The signed statements of a library, as they lie on every node and in every server's data folder. Of
 * keyrings all versions are kept: a later one is valid through those before it.
 */
export interface KeyStatements {
  readonly library: readonly string[];
  readonly service: readonly string[];
  readonly trust: readonly string[];
}

/** What this server has accepted before: from here on nothing older counts. Never comes from a node. */
export interface SeenKeys {
  readonly libraryId: LibraryId;
  readonly rootFingerprint: string;
  readonly heads: Readonly<Record<KeyringKind, KeyringHead>>;
  readonly trustVersion: number;
  /** A copy for the day when no node can be reached. */
  readonly statements: KeyStatements;
}

/** Everything that the keyrings open, and the keys by which signatures are checked. */
export interface LibraryKeys {
  readonly library: LibraryKeyring;
  readonly service: ServiceKeyring;
  readonly trust: Trust;
}

export interface LoadedKeys extends LibraryKeys {
  /** To be written down before the keys are used. */
  readonly seen: SeenKeys;
  /** Statements that are forged, foreign or damaged: one line each, for the log. */
  readonly rejected: readonly ClefError[];
}

export interface FirstKeys {
  readonly libraryId: LibraryId;
  readonly root: SigningKey;
  readonly recovery: Recipient;
  readonly server: ServerKey;
}

/**
 * The first statements of a library, signed by its root key: both keyrings, open to the server and to the
 * kit, and the trust statement that names the server's signing key. Nothing may be sealed before they are
 * on a node and in the data folder.
 */
export async function createLibraryKeys({
  libraryId,
  root,
  recovery,
  server,
}: FirstKeys): Promise<LoadedKeys> {
  const { recipient, signingKey, identity } = server;
  const first = { libraryId, recipients: [recovery, recipient], administrators: [signingKey.kid] };
  const [library, service, trust] = await Promise.all([
    sealKeyring(createLibraryKeyring(first), root),
    sealKeyring(createServiceKeyring(first), root),
    signTrust({ libraryId, version: 1, keys: [{ role: 'server', jwk: signingKey.publicJwk }] }, root),
  ]);
  // Read back the way every later start reads them: what is handed out is what was written.
  const statements = { library: [library], service: [service], trust: [trust] };
  return openStatements(statements, { libraryId, rootFingerprint: root.kid }, identity);
}

/**
 * The newest valid keys among what the nodes hold and what was seen before. `keyring-rejected` where all of it is
 * older than that or forged, `keyring-conflict` where two valid successors exist.
 */
export function loadLibraryKeys(
  seen: SeenKeys,
  fromNodes: KeyStatements,
  identity: Identity,
): Promise<LoadedKeys> {
  return openStatements(joinStatements(seen.statements, fromNodes), seen, identity);
}

/** Whose statements are wanted: pinned by the data folder or the kit, never learnt from a node. */
export interface StatementsPin {
  readonly libraryId: LibraryId;
  readonly rootFingerprint: string;
  readonly heads?: Readonly<Record<KeyringKind, KeyringHead>>;
  readonly trustVersion?: number;
}

/** As `loadLibraryKeys`, for a reader without a memory: the kit, whose pin is the root alone. */
export async function openStatements(
  statements: KeyStatements,
  { libraryId, rootFingerprint, heads, trustVersion }: StatementsPin,
  identity: Identity,
): Promise<LoadedKeys> {
  const target = { libraryId, rootFingerprint };
  const library = await chooseKeyring(statements.library, { kind: 'library', ...target }, heads?.library);
  const service = await chooseKeyring(statements.service, { kind: 'service', ...target }, heads?.service);
  const trust = await chooseTrust(statements.trust, { ...target, minVersion: trustVersion ?? 1 });
  const seen: SeenKeys = {
    ...target,
    heads: { library: headOf(library), service: headOf(service) },
    trustVersion: trust.chosen.version,
    statements: {
      library: accepted(statements.library, library),
      service: accepted(statements.service, service),
      trust: [trust.jws],
    },
  };
  return {
    library: await openLibraryKeyring(library.chosen, identity),
    service: await openServiceKeyring(service.chosen, identity),
    trust: trust.chosen,
    seen,
    rejected: [...library.rejected, ...service.rejected, ...trust.rejected].map(({ error }) => error),
  };
}

/** Every statement once, in the order of their first appearance. */
export function joinStatements(...all: readonly KeyStatements[]): KeyStatements {
  const join = (kind: keyof KeyStatements) => [...new Set(all.flatMap((statements) => statements[kind]))];
  return { library: join('library'), service: join('service'), trust: join('trust') };
}

async function chooseTrust(
  candidates: readonly string[],
  { libraryId, rootFingerprint, minVersion }: Omit<StatementsPin, 'heads'> & { readonly minVersion: number },
) {
  let best: { readonly chosen: Trust; readonly jws: string } | undefined;
  const rejected: { readonly error: ClefError }[] = [];
  for (const jws of candidates) {
    try {
      const trust = await verifyTrust(jws, rootFingerprint, { libraryId });
      if (best === undefined || trust.version > best.chosen.version) best = { chosen: trust, jws };
    } catch (error) {
      if (!isClefError(error)) throw error;
      rejected.push({ error });
    }
  }
  if (best === undefined) {
    throw (
      rejected[0]?.error ?? new ClefError('signature-invalid', 'no trust statement of this library was found')
    );
  }
  if (best.chosen.version < minVersion) {
    throw new ClefError(
      'signature-invalid',
      `the trust statement was rolled back: version ${minVersion} or later expected, got ${best.chosen.version}`,
    );
  }
  return { ...best, rejected };
}

function headOf({ chosen: { version, hash } }: KeyringChoice): KeyringHead {
  return { version, hash };
}

function accepted(candidates: readonly string[], { lineage }: KeyringChoice): readonly string[] {
  return candidates.filter((_, at) => lineage.has(at));
}
