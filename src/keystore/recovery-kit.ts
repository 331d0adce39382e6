import { KeyObject, type webcrypto } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { ClefError, isHexId, type LibraryId, type NodeId } from '../core/index.ts';
import type { KitDescription, KitNode, RecoveryKit } from './kit.ts';
import {
  createRecipient,
  generateIdentity,
  generateSigningKey,
  type Identity,
  importIdentity,
  importSigningKey,
  type PrivateRecipientJwk,
  type PrivateSigningJwk,
  type Recipient,
  type SigningKey,
} from '../crypto/index.ts';
import { canonicalPassphrase, wrongPassphrase } from './passphrase.ts';
import { decryptPkcs8, encryptPkcs8 } from './pkcs8.ts';
import { isMissing, makePrivateFolder, syncFolder, writePrivateFile } from './private-file.ts';
import { renderRecoveryPage } from './recovery-page.ts';

export const KIT_FILE = 'kit.json';
export const RECOVERY_KEY_FILE = 'recovery-key.pem';
export const ROOT_KEY_FILE = 'root-key.pem';
export const KIT_PAGE_FILE = 'recovery-kit.html';

export interface OpenRecoveryKit extends KitDescription {
  readonly recovery: Identity;
  readonly recipient: Recipient;
  readonly root: SigningKey;
}

const thumbprint = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));
const hexId = v.pipe(v.string(), v.check(isHexId));
const MAX_KIT_NODES = 1_024;
const kitSchema = v.strictObject({
  format: v.literal('clef-recovery-kit'),
  version: v.literal(1),
  libraryId: hexId,
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  rootFingerprint: thumbprint,
  recoveryThumbprint: thumbprint,
  nodes: v.pipe(
    v.array(v.strictObject({ id: hexId, place: v.pipe(v.string(), v.maxLength(4_096)) })),
    v.maxLength(MAX_KIT_NODES),
  ),
});

export interface NewRecoveryKit {
  readonly libraryId: LibraryId;
  readonly passphrase: string;
  readonly nodes: readonly KitNode[];
  readonly createdAtMs: number;
}

/**
 * Makes the keys that outlive every server. Takes a second or so, most of it the search for RSA's primes, off the
 * main thread. The passphrase's strength is the caller's to check.
 */
export async function createRecoveryKit({
  libraryId,
  passphrase,
  nodes,
  createdAtMs,
}: NewRecoveryKit): Promise<{ readonly kit: RecoveryKit; readonly opened: OpenRecoveryKit }> {
  const [{ identity, recipient }, root] = await Promise.all([
    generateIdentity('recovery'),
    generateSigningKey(),
  ]);
  const typed = canonicalPassphrase(passphrase);
  const [recoveryKeyPem, rootKeyPem] = await Promise.all([
    encryptPkcs8(keyObject(identity.privateKey), typed),
    encryptPkcs8(keyObject(root.privateKey), typed),
  ]);
  const description: KitDescription = {
    libraryId,
    createdAtMs,
    rootFingerprint: root.kid,
    recoveryThumbprint: recipient.thumbprint,
    nodes,
  };
  return {
    kit: { ...description, recoveryKeyPem, rootKeyPem },
    opened: { ...description, recovery: identity, recipient, root },
  };
}

/** Makes the folder, whole or not at all; `data-invalid` where something has its name already. */
export async function writeRecoveryKit(folder: string, kit: RecoveryKit): Promise<void> {
  const temporary = join(dirname(folder), `.${basename(folder)}.new`);
  await rm(temporary, { recursive: true, force: true });
  await makePrivateFolder(temporary);
  for (const [name, content] of Object.entries(kitFiles(kit))) {
    await writePrivateFile(join(temporary, name), content, { existing: 'refuse' });
  }
  try {
    // Renaming onto a folder succeeds only while that is empty.
    await rename(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw new ClefError('data-invalid', 'there is a recovery kit already; move it away first', { cause });
  }
  await syncFolder(dirname(folder));
}

/** `data-invalid` on a folder that is no kit. */
export async function readRecoveryKit(folder: string): Promise<RecoveryKit> {
  const [text, recoveryKeyPem, rootKeyPem] = await Promise.all([
    readKitFile(folder, KIT_FILE),
    readKitFile(folder, RECOVERY_KEY_FILE),
    readKitFile(folder, ROOT_KEY_FILE),
  ]);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), kitSchema), text);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'its form';
    throw new ClefError('data-invalid', `${KIT_FILE} of the recovery kit is damaged (${where})`);
  }
  const { libraryId, createdAt, rootFingerprint, recoveryThumbprint, nodes } = parsed.output;
  return {
    libraryId: libraryId as LibraryId,
    createdAtMs: Date.parse(createdAt),
    rootFingerprint,
    recoveryThumbprint,
    nodes: nodes.map(({ id, place }) => ({ id: id as NodeId, place })),
    recoveryKeyPem,
    rootKeyPem,
  };
}

/**
 * The kit's keys. `wrong-passphrase` where they do not open; `data-invalid` where what opens is not what
 * `kit.json` describes, since neither that file nor AES-CBC proves who wrote it.
 */
export async function openRecoveryKit(folder: string, passphrase: string): Promise<OpenRecoveryKit> {
  const { recoveryKeyPem, rootKeyPem, ...description } = await readRecoveryKit(folder);
  const recoveryJwk = openKey(recoveryKeyPem, passphrase, 'RSA') as PrivateRecipientJwk;
  const rootJwk = openKey(rootKeyPem, passphrase, 'OKP') as PrivateSigningJwk;
  const recipient = await createRecipient('recovery', recoveryJwk);
  const root = await importSigningKey(rootJwk);
  if (root.kid !== description.rootFingerprint || recipient.thumbprint !== description.recoveryThumbprint) {
    throw new ClefError(
      'data-invalid',
      `the keys of the recovery kit are not those that its ${KIT_FILE} describes`,
    );
  }
  return { ...description, recovery: await importIdentity(recoveryJwk), recipient, root };
}

/** Names the nodes of today in a kit that was written before; its keys stay as they are. */
export async function renewKitNodes(folder: string, nodes: readonly KitNode[]): Promise<void> {
  const { [KIT_FILE]: description, [KIT_PAGE_FILE]: page } = kitFiles({
    ...(await readRecoveryKit(folder)),
    nodes,
  });
  await writePrivateFile(join(folder, KIT_FILE), description, { existing: 'replace' });
  await writePrivateFile(join(folder, KIT_PAGE_FILE), page, { existing: 'replace' });
}

function openKey(pem: string, passphrase: string, kty: 'RSA' | 'OKP'): webcrypto.JsonWebKey {
  let jwk: webcrypto.JsonWebKey;
  try {
    jwk = decryptPkcs8(pem, canonicalPassphrase(passphrase)).export({ format: 'jwk' });
  } catch (cause) {
    throw wrongPassphrase(passphrase, 'the recovery kit', cause);
  }
  if (jwk.kty !== kty) throw new ClefError('data-invalid', 'a key of the recovery kit is of the wrong kind');
  return jwk;
}

function kitFiles(kit: RecoveryKit) {
  const { libraryId, createdAtMs, rootFingerprint, recoveryThumbprint, nodes } = kit;
  const description: v.InferInput<typeof kitSchema> = {
    format: 'clef-recovery-kit',
    version: 1,
    libraryId,
    createdAt: new Date(createdAtMs).toISOString(),
    rootFingerprint,
    recoveryThumbprint,
    nodes: nodes.map(({ id, place }) => ({ id, place })),
  };
  return {
    [KIT_FILE]: `${JSON.stringify(description, null, 2)}\n`,
    [RECOVERY_KEY_FILE]: kit.recoveryKeyPem,
    [ROOT_KEY_FILE]: kit.rootKeyPem,
    [KIT_PAGE_FILE]: renderRecoveryPage(kit),
  };
}

/** No check of modes: the kit belongs on a stick or on paper, and its passphrase protects it. */
async function readKitFile(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    const why = isMissing(cause) ? 'is missing' : 'cannot be read';
    throw new ClefError('data-invalid', `${name} of the recovery kit ${why}`, { cause });
  }
}

function keyObject(key: CryptoKey): KeyObject {
  return KeyObject.from(key);
}
